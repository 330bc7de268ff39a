package zwm.sdk;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.bouncycastle.asn1.gm.GMNamedCurves;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.paddings.PKCS7Padding;
import org.bouncycastle.crypto.paddings.PaddedBufferedBlockCipher;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.bouncycastle.crypto.signers.SM2Signer;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.util.encoders.Hex;

/**
 * Calls to a service code system, for Java 17 with Bouncy Castle (bcprov 1.72 or later): open an envelope, sign a call, check a
 * receipt, check a call that the code system makes. docs/sdk.md shows how to use it, docs/signing.md and docs/envelope.md say
 * what the bytes are. One file, to be copied into a project as it is.
 *
 * <p>Everything that is refused throws a {@link Refused}, whose {@code code} says why; the SDKs in C and JavaScript have the same
 * codes. Keys may be used by several threads at once.
 */
public final class ZwmSdk {
    /** Why something was refused. */
    public enum Code {
        ARGUMENT("an argument is missing or misshapen"),
        KEY("this is no SM2 key, or not the half that is needed"),
        ENVELOPE("the envelope does not open: it was altered, or sealed for another key"),
        HEADER("the signature headers are missing or misshapen"),
        SYSTEM("the code system that signed is none of those you trust"),
        CLOCK("the time in the header is more than 300 seconds away"),
        SIGNATURE("the signature does not verify");

        private final String text;

        Code(String text) {
            this.text = text;
        }
    }

    public static final class Refused extends Exception {
        private static final long serialVersionUID = 1;
        public final Code code;

        Refused(Code code, String detail) {
            super(detail.isEmpty() ? code.text : code.text + " (" + detail + ")");
            this.code = code;
        }
    }

    /** What was signed: the header {@code Authorization}, the string for the receipt, the nonce for asking later. */
    public record Signed(String authorization, String signingString, String nonce, long timestamp) {}

    /** The three headers of a receipt as they came; null where one did not. */
    public record ReceiptHeaders(String system, String timestamp, String signature) {}

    /** Who signed, and when (Unix seconds). {@code nonce} is null for a receipt. */
    public record Origin(String system, long timestamp, String nonce) {}

    /** The four members of an envelope as they came. */
    public record Envelope(String key, String iv, String ciphertext, String mac) {}

    /** An answer: HTTP status, body, and who signed its receipt (null where none was asked for). */
    public record Answer(int status, byte[] body, Signed signed, Origin receipt) {}

    private static final int WINDOW_SEC = 300;
    private static final int HEADER_MAX = 1024;
    private static final int BLOCK = 16;
    private static final ECDomainParameters SM2 = sm2();
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Pattern APP_ID = Pattern.compile("[A-Za-z0-9._-]{1,32}");
    private static final Pattern SYSTEM_ID = Pattern.compile("[0-9]{9}");
    private static final Pattern TIMESTAMP = Pattern.compile("0|[1-9][0-9]{0,11}");
    private static final Pattern NONCE = Pattern.compile("[A-Za-z0-9_-]{16,64}");
    private static final Pattern METHOD = Pattern.compile("[A-Z]{1,16}");
    private static final Pattern VISIBLE = Pattern.compile("[\\x21-\\x7e]+");
    private static final String PART = "([a-z_]+)=\"([^\"]*)\"";
    private static final String COMMA = "[ \\t]*,[ \\t]*";
    private static final Pattern OUT =
            Pattern.compile("ZWM-SM2-SM3-OUT[ \\t]+" + String.join(COMMA, PART, PART, PART, PART));

    private ZwmSdk() {}

    private static ECDomainParameters sm2() {
        X9ECParameters curve = GMNamedCurves.getByName("sm2p256v1");
        return new ECNamedDomainParameters(GMObjectIdentifiers.sm2p256v1, curve);
    }

    private static void need(boolean ok, Code code, String detail) throws Refused {
        if (!ok) throw new Refused(code, detail);
    }

    private static boolean is(Pattern pattern, String text) {
        return text != null && pattern.matcher(text).matches();
    }

    // --- keys ---

    /** An SM2 key pair. */
    public static final class Key {
        private final ECPrivateKeyParameters half;
        private final ECPoint point;

        private Key(BigInteger d) throws Refused {
            need(d.signum() > 0 && d.compareTo(SM2.getN().subtract(BigInteger.ONE)) < 0, Code.KEY, "out of range");
            half = new ECPrivateKeyParameters(d, SM2);
            point = new FixedPointCombMultiplier().multiply(SM2.getG(), d).normalize();
        }

        /** Makes a key pair. */
        public static Key make() {
            for (;;) {
                try {
                    return new Key(new BigInteger(SM2.getN().bitLength(), RANDOM));
                } catch (Refused outOfRange) {
                    // Once in about four billion; the next number will do.
                }
            }
        }

        /** Reads a private key: 64 hexadecimal digits, or an unencrypted PKCS#8 PEM. */
        public static Key read(String text) throws Refused {
            need(text != null, Code.KEY, "a private key is text");
            String trimmed = text.strip();
            if (trimmed.matches("[0-9a-fA-F]{64}")) return new Key(new BigInteger(trimmed, 16));
            byte[] der = unpem(trimmed, "PRIVATE KEY");
            try {
                PrivateKeyInfo info = PrivateKeyInfo.getInstance(der);
                need(isSm2(info.getPrivateKeyAlgorithm()), Code.KEY, "of another curve");
                return new Key(ECPrivateKey.getInstance(info.parsePrivateKey()).getKey());
            } catch (IOException | RuntimeException e) {
                throw new Refused(Code.KEY, "wanted: PKCS#8 PEM, not encrypted");
            }
        }

        /** The private key as PKCS#8 PEM, not encrypted: keep it secret. */
        public String privatePem() {
            try {
                DERBitString pub = new DERBitString(point.getEncoded(false));
                ECPrivateKey inside = new ECPrivateKey(256, half.getD(), pub, null);
                AlgorithmIdentifier sm2 = new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, GMObjectIdentifiers.sm2p256v1);
                byte[] der = new PrivateKeyInfo(sm2, inside).getEncoded();
                String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
                return "-----BEGIN PRIVATE KEY-----\n" + lines + "\n-----END PRIVATE KEY-----\n";
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        /** The public key as it is registered: base64 of the SubjectPublicKeyInfo. */
        public String publicKey() {
            try {
                AlgorithmIdentifier sm2 = new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, GMObjectIdentifiers.sm2p256v1);
                byte[] der = new SubjectPublicKeyInfo(sm2, point.getEncoded(false)).getEncoded();
                return Base64.getEncoder().encodeToString(der);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static boolean isSm2(AlgorithmIdentifier algorithm) {
        return X9ObjectIdentifiers.id_ecPublicKey.equals(algorithm.getAlgorithm())
                && GMObjectIdentifiers.sm2p256v1.equals(algorithm.getParameters());
    }

    private static byte[] unpem(String text, String label) throws Refused {
        String head = "-----BEGIN " + label + "-----";
        String foot = "-----END " + label + "-----";
        need(text.length() > head.length() + foot.length() && text.startsWith(head) && text.endsWith(foot), Code.KEY, "no PEM");
        byte[] der = unbase64(text.substring(head.length(), text.length() - foot.length()).replaceAll("\\s", ""));
        need(der != null, Code.KEY, "no PEM");
        return der;
    }

    /** The code systems that you trust: public keys by nine-digit identifier. */
    public static final class Trust {
        private final Map<String, ECPublicKeyParameters> keys = new HashMap<>();

        /** {@code publicKey}: base64 of the SubjectPublicKeyInfo, a PEM, or the 130 hexadecimal digits of 04|x|y. */
        public Trust add(String system, String publicKey) throws Refused {
            need(is(SYSTEM_ID, system), Code.ARGUMENT, "system");
            keys.put(system, readPublic(publicKey));
            return this;
        }

        private ECPublicKeyParameters find(String system) throws Refused {
            need(keys.containsKey(system), Code.SYSTEM, system);
            return keys.get(system);
        }
    }

    private static ECPublicKeyParameters readPublic(String text) throws Refused {
        need(text != null, Code.KEY, "a public key is text");
        String trimmed = text.strip();
        try {
            byte[] point;
            if (trimmed.matches("04[0-9a-fA-F]{128}")) {
                point = Hex.decode(trimmed);
            } else {
                byte[] der = unbase64(trimmed);
                if (der == null) der = unpem(trimmed, "PUBLIC KEY");
                SubjectPublicKeyInfo info = SubjectPublicKeyInfo.getInstance(der);
                need(isSm2(info.getAlgorithm()) && Arrays.equals(info.getEncoded(), der), Code.KEY, "of another curve");
                point = info.getPublicKeyData().getBytes();
            }
            need(point.length == 65 && point[0] == 4, Code.KEY, "wanted: 04|x|y");
            return new ECPublicKeyParameters(SM2.getCurve().decodePoint(point), SM2); // refuses what is not on the curve
        } catch (IOException | RuntimeException e) {
            throw new Refused(Code.KEY, "");
        }
    }

    // --- bytes ---

    private static String hexSm3(byte[] data) {
        SM3Digest digest = new SM3Digest();
        byte[] out = new byte[digest.getDigestSize()];
        digest.update(data, 0, data.length);
        digest.doFinal(out, 0);
        return Hex.toHexString(out);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Strict, as RFC 4648 clause 4 has it: null for anything that encoding would not have made. */
    private static byte[] unbase64(String text) {
        try {
            byte[] bytes = text == null ? null : Base64.getDecoder().decode(text);
            return bytes != null && Base64.getEncoder().encodeToString(bytes).equals(text) ? bytes : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static long now() {
        return System.currentTimeMillis() / 1000;
    }

    // --- signatures ---

    private static String sign(String text, Key key) {
        try {
            SM2Signer signer = new SM2Signer(); // its default signer id is the one that is wanted, 1234567812345678
            signer.init(true, key.half);
            byte[] bytes = utf8(text);
            signer.update(bytes, 0, bytes.length);
            return Base64.getEncoder().encodeToString(signer.generateSignature());
        } catch (CryptoException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void verify(String text, String signature, ECPublicKeyParameters key) throws Refused {
        byte[] der = unbase64(signature);
        need(der != null, Code.SIGNATURE, "");
        SM2Signer signer = new SM2Signer();
        signer.init(false, key);
        byte[] bytes = utf8(text);
        signer.update(bytes, 0, bytes.length);
        boolean good;
        try {
            good = signer.verifySignature(der);
        } catch (RuntimeException e) {
            good = false;
        }
        need(good, Code.SIGNATURE, "");
    }

    /**
     * Signs a call. {@code target} is the path with the query; {@code body} must be sent exactly as given here; {@code to} is the
     * nine-digit identifier of the code system that shall act, null for one that does not know it.
     */
    public static Signed signCall(Key key, String appId, String to, String method, String target, byte[] body) throws Refused {
        need(key != null && body != null, Code.ARGUMENT, "key, body");
        need(is(APP_ID, appId), Code.ARGUMENT, "appId");
        need(to == null || is(SYSTEM_ID, to), Code.ARGUMENT, "to");
        need(is(METHOD, method), Code.ARGUMENT, "method");
        need(is(VISIBLE, target) && target.startsWith("/"), Code.ARGUMENT, "target");
        byte[] fresh = new byte[16];
        RANDOM.nextBytes(fresh);
        String nonce = Hex.toHexString(fresh);
        long timestamp = now();
        String string = method + "\n" + target + "\n" + timestamp + "\n" + nonce + "\n" + hexSm3(body) + "\n"
                + (to == null ? "" : to + "\n");
        String authorization = "ZWM-SM2-SM3 app_id=\"" + appId + "\",timestamp=\"" + timestamp + "\",nonce=\"" + nonce + "\","
                + (to == null ? "" : "to=\"" + to + "\",") + "signature=\"" + sign(string, key) + "\"";
        return new Signed(authorization, string, nonce, timestamp);
    }

    /** Checks the receipt of an answer; {@code signingString} is that of your own call, {@code body} what arrived. */
    public static Origin checkReceipt(Trust trust, String signingString, int status, ReceiptHeaders headers, byte[] body)
            throws Refused {
        need(trust != null && body != null && headers != null, Code.ARGUMENT, "trust, headers, body");
        need(signingString != null && !signingString.isEmpty(), Code.ARGUMENT, "signingString");
        need(status >= 100 && status <= 599, Code.ARGUMENT, "status");
        need(is(SYSTEM_ID, headers.system) && is(TIMESTAMP, headers.timestamp) && headers.signature != null, Code.HEADER, "no receipt");
        ECPublicKeyParameters key = trust.find(headers.system);
        String string = hexSm3(utf8(signingString)) + "\n" + status + "\n" + headers.timestamp + "\n" + hexSm3(body) + "\n";
        verify(string, headers.signature, key);
        return new Origin(headers.system, Long.parseLong(headers.timestamp), null);
    }

    /**
     * Checks a call that a code system makes to you. {@code url} is the whole address that you registered with the query that
     * arrived. Remember the nonces of the last ten minutes and refuse one that comes again.
     */
    public static Origin checkOut(Trust trust, String authorization, String method, String url, byte[] body) throws Refused {
        return checkOut(trust, authorization, method, url, body, now());
    }

    /** The same with a clock of your own, in Unix seconds. */
    public static Origin checkOut(Trust trust, String authorization, String method, String url, byte[] body, long nowSec)
            throws Refused {
        need(trust != null && body != null, Code.ARGUMENT, "trust, body");
        need(is(METHOD, method), Code.ARGUMENT, "method");
        need(is(VISIBLE, url) && (url.startsWith("https://") || url.startsWith("http://")), Code.ARGUMENT, "url");
        need(authorization != null && authorization.length() <= HEADER_MAX, Code.HEADER, "");
        Matcher m = OUT.matcher(authorization);
        need(m.matches(), Code.HEADER, "");
        Map<String, String> parts = new HashMap<>();
        for (int i = 1; i <= 7; i += 2) parts.put(m.group(i), m.group(i + 1));
        String system = parts.get("app_id");
        String timestamp = parts.get("timestamp");
        String nonce = parts.get("nonce");
        String signature = parts.get("signature");
        need(is(APP_ID, system) && is(TIMESTAMP, timestamp) && is(NONCE, nonce) && signature != null, Code.HEADER, "");
        ECPublicKeyParameters key = trust.find(system);
        long seconds = Long.parseLong(timestamp);
        need(Math.abs(nowSec - seconds) <= WINDOW_SEC, Code.CLOCK, "");
        verify("OUT\n" + method + "\n" + url + "\n" + timestamp + "\n" + nonce + "\n" + hexSm3(body) + "\n", signature, key);
        return new Origin(system, seconds, nonce);
    }

    // --- envelopes ---

    /** Opens an envelope that pickup gave. The data are checked before any of them is decrypted. */
    public static byte[] openEnvelope(Envelope envelope, Key key) throws Refused {
        need(envelope != null && key != null, Code.ARGUMENT, "envelope, key");
        byte[] wrapped = unbase64(envelope.key);
        byte[] iv = unbase64(envelope.iv);
        byte[] ciphertext = unbase64(envelope.ciphertext);
        byte[] mac = unbase64(envelope.mac);
        need(wrapped != null && wrapped.length == 129 && wrapped[0] == 4, Code.ENVELOPE, "");
        need(iv != null && iv.length == BLOCK && mac != null && mac.length == 32, Code.ENVELOPE, "");
        need(ciphertext != null && ciphertext.length > 0 && ciphertext.length % BLOCK == 0, Code.ENVELOPE, "");
        byte[] keys = null;
        try {
            SM2Engine unwrap = new SM2Engine(SM2Engine.Mode.C1C3C2);
            unwrap.init(false, key.half);
            keys = unwrap.processBlock(wrapped, 0, wrapped.length);
            need(org.bouncycastle.util.Arrays.constantTimeAreEqual(hmac(keys, iv, ciphertext), mac), Code.ENVELOPE, "");
            return decrypt(keys, iv, ciphertext);
        } catch (InvalidCipherTextException | RuntimeException e) {
            throw new Refused(Code.ENVELOPE, "");
        } finally {
            if (keys != null) Arrays.fill(keys, (byte) 0);
        }
    }

    private static byte[] hmac(byte[] keys, byte[] iv, byte[] ciphertext) {
        HMac hmac = new HMac(new SM3Digest());
        byte[] out = new byte[hmac.getMacSize()];
        hmac.init(new KeyParameter(keys, BLOCK, BLOCK));
        hmac.update(iv, 0, iv.length);
        hmac.update(ciphertext, 0, ciphertext.length);
        hmac.doFinal(out, 0);
        return out;
    }

    private static byte[] decrypt(byte[] keys, byte[] iv, byte[] ciphertext) throws InvalidCipherTextException {
        PaddedBufferedBlockCipher cipher =
                new PaddedBufferedBlockCipher(CBCBlockCipher.newInstance(new SM4Engine()), new PKCS7Padding());
        cipher.init(false, new ParametersWithIV(new KeyParameter(keys, 0, BLOCK), iv));
        byte[] out = new byte[cipher.getOutputSize(ciphertext.length)];
        int n = cipher.processBytes(ciphertext, 0, ciphertext.length, out, 0);
        n += cipher.doFinal(out, n);
        return Arrays.copyOf(out, n);
    }

    // --- a small client ---

    /**
     * Makes one call by POST, with a JSON body; {@code trust} may be null, otherwise a receipt is asked for and must be good. An
     * IOException can mean that the call took effect: ask {@code /api/v1/code/outcome} with the nonce. To know it then, use
     * {@link #signCall} and {@link #send}.
     */
    public static Answer call(String base, String path, String json, String appId, Key key, String to, Trust trust)
            throws Refused, IOException, InterruptedException {
        byte[] body = utf8(json);
        return send(base, signCall(key, appId, to, "POST", path, body), path, body, trust);
    }

    /** Sends what {@link #signCall} signed for the method POST, this target and this body. */
    public static Answer send(String base, Signed signed, String target, byte[] body, Trust trust)
            throws Refused, IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + target)).timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json").header("Authorization", signed.authorization)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (trust != null) request.header("Zwm-Receipt", "required");
        HttpResponse<byte[]> answer = Http.CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        Origin receipt = null;
        if (trust != null) {
            ReceiptHeaders headers = new ReceiptHeaders(answer.headers().firstValue("Zwm-System").orElse(null),
                    answer.headers().firstValue("Zwm-Timestamp").orElse(null),
                    answer.headers().firstValue("Zwm-Signature").orElse(null));
            receipt = checkReceipt(trust, signed.signingString, answer.statusCode(), headers, answer.body());
        }
        return new Answer(answer.statusCode(), answer.body(), signed, receipt);
    }

    /** Made at the first call: who only opens envelopes needs no HTTP client. It follows no redirects. */
    private static final class Http {
        static final HttpClient CLIENT = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    }
}

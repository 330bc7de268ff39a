// The SDK in Java behind standard input, for sdk.test.mjs. The commands are those of sdk_lines.c.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import zwm.sdk.ZwmSdk;

public final class SdkLines {
    private static final ZwmSdk.Trust TRUST = new ZwmSdk.Trust();

    private static byte[] bytes(String word) {
        if (word.equals("-")) return null;
        return word.equals("=") ? new byte[0] : Base64.getDecoder().decode(word);
    }

    private static String text(String word) {
        byte[] b = bytes(word);
        return b == null ? null : new String(b, StandardCharsets.UTF_8);
    }

    private static String ok(Object... values) {
        StringBuilder line = new StringBuilder("ok");
        for (Object v : values) {
            byte[] b = v instanceof byte[] data ? data : v.toString().getBytes(StandardCharsets.UTF_8);
            line.append(' ').append(Base64.getEncoder().encodeToString(b));
        }
        return line.toString();
    }

    private static String run(String[] w) throws ZwmSdk.Refused {
        switch (w[0]) {
            case "make": {
                ZwmSdk.Key key = ZwmSdk.Key.make();
                return ok(key.privatePem(), key.publicKey());
            }
            case "public":
                return ok(ZwmSdk.Key.read(text(w[1])).publicKey());
            case "trust":
                TRUST.add(text(w[1]), text(w[2]));
                return ok();
            case "open": {
                ZwmSdk.Envelope e = new ZwmSdk.Envelope(text(w[2]), text(w[3]), text(w[4]), text(w[5]));
                return ok(ZwmSdk.openEnvelope(e, ZwmSdk.Key.read(text(w[1]))));
            }
            case "sign": {
                ZwmSdk.Key key = ZwmSdk.Key.read(text(w[1]));
                ZwmSdk.Signed s = ZwmSdk.signCall(key, text(w[2]), text(w[3]), text(w[4]), text(w[5]), bytes(w[6]));
                return ok(s.authorization(), s.signingString(), s.nonce());
            }
            case "receipt": {
                ZwmSdk.ReceiptHeaders headers = new ZwmSdk.ReceiptHeaders(text(w[3]), text(w[4]), text(w[5]));
                ZwmSdk.checkReceipt(TRUST, text(w[1]), Integer.parseInt(text(w[2])), headers, bytes(w[6]));
                return ok();
            }
            case "out": {
                ZwmSdk.Origin o = ZwmSdk.checkOut(TRUST, text(w[1]), text(w[2]), text(w[3]), bytes(w[4]), Long.parseLong(text(w[5])));
                return ok(o.system(), o.nonce(), o.timestamp());
            }
            default:
                throw new IllegalArgumentException(w[0]);
        }
    }

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        for (String line; (line = in.readLine()) != null; ) {
            try {
                out.println(run(line.split(" ")));
            } catch (ZwmSdk.Refused e) {
                out.println("refused " + e.code);
            }
        }
        out.flush();
    }
}

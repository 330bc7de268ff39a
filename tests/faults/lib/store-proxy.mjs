// Stands between the responders and MariaDB on a unix socket, passes everything on, and breaks what it is told to break.
import net from 'node:net';

export class StoreProxy {
  constructor(listenPath, storePath) {
    Object.assign(this, { listenPath, storePath, connections: new Set(), plan: null, refusing: false });
    this.server = net.createServer((client) => this.accept(client));
  }

  start() {
    return new Promise((resolve, reject) => this.server.once('error', reject).listen(this.listenPath, resolve));
  }

  async stop() {
    this.cutAll();
    await new Promise((resolve) => this.server.close(resolve));
  }

  // The next COMMIT, or call of the procedure that commits, is lost with its connection: `before` the store has it, or
  // `after` the store has done it.
  loseCommit(when) {
    return new Promise((resolve) => { this.plan = { when, resolve }; });
  }

  // While `refusing`, nobody gets through.
  refuse(refusing) {
    this.refusing = refusing;
    if (refusing) this.cutAll();
  }

  cutAll() {
    for (const { client, store } of this.connections) {
      client.destroy();
      store.destroy();
    }
  }

  accept(client) {
    if (this.refusing) {
      client.destroy();
      return;
    }
    const store = net.connect(this.storePath);
    const connection = { client, store, dropAnswer: null, preparing: false, procedure: null };
    this.connections.add(connection);
    const end = () => {
      client.destroy();
      store.destroy();
      this.connections.delete(connection);
    };
    for (const socket of [client, store]) socket.on('error', end).on('close', end);
    client.on('data', (bytes) => {
      // A packet: length 3, sequence 1, then the command: 0x03 COM_QUERY and 0x16 COM_STMT_PREPARE with the statement,
      // 0x17 COM_STMT_EXECUTE with the number of a prepared one.
      const text = bytes.toString('latin1', 5);
      connection.preparing = bytes[4] === 0x16 && text.startsWith('CALL commit_call');
      const commits = (bytes[4] === 3 && /^commit$/i.test(text)) ||
        (bytes[4] === 0x17 && bytes.readUInt32LE(5) === connection.procedure);
      if (this.plan && commits) {
        const { when, resolve } = this.plan;
        this.plan = null;
        if (when === 'before') {
          end();
          resolve();
          return;
        }
        connection.dropAnswer = resolve;
      }
      store.write(bytes);
    });
    store.on('data', (bytes) => {
      if (connection.preparing && bytes[4] === 0) { // prepared: its number
        connection.procedure = bytes.readUInt32LE(5);
        connection.preparing = false;
      }
      if (!connection.dropAnswer) {
        client.write(bytes);
        return;
      }
      connection.dropAnswer(); // the store has answered, so it is done; nobody hears of it
      end();
    });
  }
}

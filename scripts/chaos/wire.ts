import { connect, createServer, type Server, type Socket } from 'node:net';

/** A cable between a browser and a port of the house, which can be cut. Knows nothing of what goes through it. */
export class Wire {
  private readonly target: number;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private cutUntil = 0;

  private constructor(target: number) {
    this.target = target;
    this.server = createServer((near) => this.join(near));
  }

  static async lay(host: string, port: number, target: number): Promise<Wire> {
    const wire = new Wire(target);
    await new Promise<void>((resolve, reject) => {
      wire.server.once('error', reject);
      wire.server.listen(port, host, resolve);
    });
    return wire;
  }

  /** All connections break, and for so long new ones do at once. */
  cut(ms: number): void {
    this.cutUntil = Date.now() + ms;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Nothing passes for so long, but the connections stand: what a bad radio link looks like. */
  hold(ms: number): void {
    for (const socket of this.sockets) socket.pause();
    setTimeout(() => {
      for (const socket of this.sockets) socket.resume();
    }, ms);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(near: Socket): void {
    if (Date.now() < this.cutUntil) {
      near.destroy();
      return;
    }
    const far = connect(this.target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => {});
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}

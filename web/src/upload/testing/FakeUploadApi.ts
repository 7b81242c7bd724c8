import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AlreadyProcessed, Upload, UploadPart } from "../uploader/types";

interface Session {
  id: string;
  fileName: string;
  size: number;
  sha256: string | null;
  state: Upload["state"];
  parts: Map<number, Buffer>;
}

interface Answer {
  status: number;
  body?: unknown;
}

/** A server with the API's routes of uploads and jobs, and faults on demand. It keeps everything in memory. */
export class FakeUploadApi {
  readonly partSize = 1000;
  readonly sessions = new Map<string, Session>();
  /** The numbers of the parts that arrived, in their order. */
  readonly received: number[] = [];
  readonly jobs = new Map<string, unknown>();
  readonly requests: string[] = [];
  /** Return true to break the connection of a request. */
  breaks: (path: string) => boolean = () => false;
  /** Return an answer to give instead. */
  answers: (method: string, path: string) => Answer | null = () => null;
  /** Whether URLs of parts are those of an object store; a URL counts until `signature` is another one. */
  isStore = false;
  signature = 1;
  known: AlreadyProcessed | null = null;
  private readonly server: Server = createServer((request, response) => void this.serve(request, response));

  /** Listen on a port of the loopback address. */
  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  /** End all connections. */
  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    const method = request.method ?? "";
    this.requests.push(`${method} ${path}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.breaks(path)) return void request.socket.destroy();
    const content = Buffer.concat(chunks);
    const { status, body } = this.answers(method, path) ?? this.answer(method, path, content, request);
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  private answer(method: string, path: string, content: Buffer, request: IncomingMessage): Answer {
    const [, id = "", action, number] = /uploads(?:\/(\w+)(?:\/(\w+)(?:\/(\d+))?)?)?/.exec(path) ?? [];
    if (path.endsWith("/jobs")) return this.createJob(content, String(request.headers["idempotency-key"]));
    if (method === "POST" && id === "") return this.create(JSON.parse(content.toString()));
    const session = this.sessions.get(id);
    if (session === undefined) return problem(404, "UploadNotFound");
    if (method === "DELETE") return { status: this.sessions.delete(id) ? 204 : 404 };
    if (method === "PUT") return this.put(session, Number(number), content, path);
    if (action === "parts") return { status: 200, body: this.signed(session, JSON.parse(content.toString()).numbers) };
    if (action === "complete") return this.complete(session);
    return { status: 200, body: { ...this.upload(session), uploaded: [...session.parts.keys()] } };
  }

  private create({ fileName, size, sha256 }: { fileName: string; size: number; sha256: string | null }): Answer {
    const id = `upload${this.sessions.size + 1}`;
    const session: Session = { id, fileName, size, sha256, state: "Open", parts: new Map() };
    this.sessions.set(id, session);
    const numbers = Array.from({ length: Math.ceil(size / this.partSize) }, (_, index) => index + 1);
    return {
      status: 201,
      body: { ...this.upload(session), ...this.signed(session, numbers), alreadyProcessed: this.known },
    };
  }

  private put(session: Session, number: number, content: Buffer, path: string): Answer {
    if (this.isStore && !path.endsWith(`signature=${this.signature}`)) return { status: 403 };
    if (content.length !== this.part(session, number).size) return problem(422, "PartTooSmall");
    this.received.push(number);
    session.parts.set(number, content);
    return { status: 204 };
  }

  private complete(session: Session): Answer {
    if (session.parts.size < this.upload(session).partCount) return problem(409, "UploadIncomplete");
    session.state = "Complete";
    return { status: 200, body: this.upload(session) };
  }

  private createJob(content: Buffer, key: string): Answer {
    this.jobs.set(key, JSON.parse(content.toString()));
    return { status: 201, body: { metadata: { name: `job-${key}` } } };
  }

  private upload({ id, fileName, size, state }: Session): Upload {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const partCount = Math.ceil(size / this.partSize);
    return { id, namespace: "bim", fileName, size, partSize: this.partSize, partCount, state, expiresAt } as Upload;
  }

  private signed(session: Session, numbers: number[]): { parts: UploadPart[]; urlsExpireAt: string } {
    const urlsExpireAt = new Date(Date.now() + 3_600_000).toISOString();
    return { parts: numbers.map((number) => this.part(session, number)), urlsExpireAt };
  }

  private part({ id, size }: Session, number: number): UploadPart {
    const offset = (number - 1) * this.partSize;
    const path = `/api/v1/namespaces/bim/uploads/${id}/parts/${number}`;
    const url = this.isStore ? `${this.url}${path}?signature=${this.signature}` : path;
    return { number, offset, size: Math.min(this.partSize, size - offset), url };
  }
}

/** Return an answer of the API that is a problem. */
export function problem(status: number, code: string, detail = `the detail of ${code}`): Answer {
  return { status, body: { status, code, title: code, detail, retryable: status >= 500 } };
}

import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface S3Object {
  readonly body: Buffer;
  readonly etag: string;
  readonly type: string;
  readonly modified_at: Date;
}

export interface StrictS3Options {
  readonly access_key_id?: string;
  readonly secret_access_key?: string;
  readonly bucket?: string;
}

/** What the next requests get: nothing special, an answer of S3's, or no answer at all. */
export type S3Fault = { readonly status: number; readonly code: string } | 'cut' | null;

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }
}

const CLOCK_SKEW_MS = 900_000;

/**
 * One bucket that says no where S3 says no. It checks the signature over the request as it arrived (SigV4 in the Authorization header),
 * that headers which mean something are signed, clock, length and hash of the body. PUT, GET, HEAD, DELETE, ListObjectsV2, HeadBucket.
 */
export class StrictS3 {
  readonly objects = new Map<string, S3Object>();
  readonly requests: string[] = [];
  fault: S3Fault = null;
  readonly access_key_id: string;
  readonly secret_access_key: string;
  readonly bucket: string;
  private readonly server: Server;

  private constructor(options: StrictS3Options) {
    this.access_key_id = options.access_key_id ?? 'AKTEST';
    this.secret_access_key = options.secret_access_key ?? 'secret-of-the-double';
    this.bucket = options.bucket ?? 'files';
    this.server = createServer((request, response) => void this.receive(request, response));
  }

  static async start(options: StrictS3Options = {}): Promise<StrictS3> {
    const double = new StrictS3(options);
    await new Promise<void>((resolve) => double.server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      if (this.fault === 'cut') return void request.socket.destroy();
      if (this.fault) throw new Refused(this.fault.status, this.fault.code);
      const url = new URL(request.url ?? '/', 'http://double');
      this.requests.push(`${request.method} ${url.pathname}`);
      this.verify(request, url, body);
      this.answer(request, response, url, body);
    } catch (error) {
      if (!(error instanceof Refused)) return void response.destroy(); // the client has gone
      response.writeHead(error.status, { 'content-type': 'application/xml' });
      response.end(
        request.method === 'HEAD'
          ? undefined
          : `<?xml version="1.0"?><Error><Code>${error.code}</Code><Message>${error.code}</Message></Error>`,
      );
    }
  }

  private verify(request: IncomingMessage, url: URL, body: Buffer): void {
    const { authorization = '' } = request.headers;
    const parts =
      /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
        authorization,
      );
    if (!parts) throw new Refused(403, 'AccessDenied');
    const [, access_key = '', day = '', region = '', signed = '', signature = ''] = parts;
    if (access_key !== this.access_key_id) throw new Refused(403, 'InvalidAccessKeyId');
    const stamp = String(request.headers['x-amz-date'] ?? '');
    const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
    if (!(Math.abs(Date.now() - at) < CLOCK_SKEW_MS)) throw new Refused(403, 'RequestTimeTooSkewed');

    const names = signed.split(';');
    const unsigned = Object.keys(request.headers).filter(
      (name) => (name.startsWith('x-amz-') || name === 'host' || name === 'content-type') && !names.includes(name),
    );
    if (unsigned.length) throw new Refused(403, 'HeadersNotSigned');
    const hash = String(request.headers['x-amz-content-sha256'] ?? '');
    if (hash !== 'UNSIGNED-PAYLOAD' && hash !== sha256(body)) throw new Refused(400, 'XAmzContentSHA256Mismatch');

    const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join('&'); // prettier-ignore
    const path = url.pathname.split('/').map((segment) => encode(decodeURIComponent(segment))).join('/'); // prettier-ignore
    const headers = names.map((name) => `${name}:${String(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}`); // prettier-ignore
    const canonical = [request.method, path, query, ...headers, '', signed, hash].join('\n');
    const to_sign = ['AWS4-HMAC-SHA256', stamp, `${day}/${region}/s3/aws4_request`, sha256(canonical)].join('\n');
    const key = ['aws4_request', 's3', region, day].reduceRight<Buffer>(
      (secret, word) => hmac(secret, word),
      Buffer.from(`AWS4${this.secret_access_key}`),
    );
    if (hmac(key, to_sign).toString('hex') !== signature) throw new Refused(403, 'SignatureDoesNotMatch');
  }

  private answer(request: IncomingMessage, response: ServerResponse, url: URL, body: Buffer): void {
    const [, bucket, ...rest] = decodeURIComponent(url.pathname).split('/');
    if (bucket !== this.bucket) throw new Refused(404, 'NoSuchBucket');
    const key = rest.join('/');
    if (key === '') {
      if (request.method === 'HEAD') return void response.end();
      if (request.method === 'GET' && url.searchParams.get('list-type') === '2') return this.list(response, url.searchParams);
      throw new Refused(405, 'MethodNotAllowed');
    }
    if (request.method === 'PUT') return this.put(request, response, key, body);
    if (request.method === 'DELETE') {
      this.objects.delete(key);
      return void response.writeHead(204).end();
    }
    const found = this.objects.get(key);
    if (!found) throw new Refused(404, 'NoSuchKey');
    response.writeHead(200, {
      etag: `"${found.etag}"`,
      'content-type': found.type,
      'content-length': found.body.length,
      'last-modified': found.modified_at.toUTCString(),
    });
    response.end(request.method === 'HEAD' ? undefined : found.body);
  }

  private put(request: IncomingMessage, response: ServerResponse, key: string, body: Buffer): void {
    if (Number(request.headers['content-length']) !== body.length) throw new Refused(411, 'MissingContentLength');
    if (Object.keys(request.headers).some((name) => name.startsWith('x-amz-checksum') || name === 'x-amz-trailer'))
      throw new Refused(400, 'NotImplemented');
    const etag = createHash('md5').update(body).digest('hex');
    this.objects.set(key, { body, etag, type: request.headers['content-type'] ?? 'binary/octet-stream', modified_at: new Date() });
    response.writeHead(200, { etag: `"${etag}"` }).end();
  }

  private list(response: ServerResponse, query: URLSearchParams): void {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('start-after') ?? '';
    const max = Number(query.get('max-keys') ?? 1_000);
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const contents = keys.slice(0, max).map((key) => {
      const { body, etag, modified_at } = this.objects.get(key) as S3Object;
      return `<Contents><Key>${key}</Key><LastModified>${modified_at.toISOString()}</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${body.length}</Size></Contents>`;
    });
    response.writeHead(200, { 'content-type': 'application/xml' });
    response.end(
      `<?xml version="1.0"?><ListBucketResult><IsTruncated>${keys.length > max}</IsTruncated>${contents.join('')}</ListBucketResult>`,
    );
  }
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
/** RFC 3986; encodeURIComponent leaves five characters that SigV4 encodes. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

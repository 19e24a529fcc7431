import { z } from 'zod';

/** A refusal or failure of a request. `reason` is a key with words in both languages (`reasonText`). */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly detail: string | undefined;
  constructor(status: number, reason: string, detail?: string) {
    super(reason);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
    this.detail = detail;
  }
}

const problemSchema = z.object({ reason: z.string(), detail: z.string().optional() });

let onSignedOut: () => void = () => {};
/** Called when the server says 401: the sign-in has ended. */
export function whenSignedOut(handle: () => void): void {
  onSignedOut = handle;
}

interface Options {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Sent as JSON, except a FormData, which goes as multipart. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * One request to the server, its answer parsed. `null` as the schema: no body is expected.
 * Throws ApiError: `unreachable` without an answer, `badAnswer` when it does not fit, else the server's own reason.
 */
export async function api<T>(path: string, schema: z.ZodType<T>, options?: Options): Promise<T>;
export async function api(path: string, schema: null, options?: Options): Promise<void>;
export async function api<T>(
  path: string,
  schema: z.ZodType<T> | null,
  options: Options = {},
): Promise<T | undefined> {
  // The header is the server's guard against requests from foreign pages.
  const headers: Record<string, string> = { 'X-Dozvon': '1' };
  const init: RequestInit = { method: options.method ?? 'GET', headers, credentials: 'same-origin' };
  if (options.signal) init.signal = options.signal;
  if (options.body instanceof FormData) init.body = options.body;
  else if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'unreachable');
  }
  if (!response.ok) {
    const problem = problemSchema.safeParse(await response.json().catch(() => null));
    if (response.status === 401 && path !== '/api/sign-in' && path !== '/api/me') onSignedOut();
    if (problem.success) throw new ApiError(response.status, problem.data.reason, problem.data.detail);
    throw new ApiError(response.status, response.status >= 502 ? 'unreachable' : 'badAnswer');
  }
  if (schema === null) return undefined;
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success)
    throw new ApiError(response.status, 'badAnswer', parsed.error.issues[0]?.path.join('.'));
  return parsed.data;
}

/** The reason key of anything thrown by `api`. */
export function reasonOf(error: unknown): { reason: string; detail?: string } {
  if (error instanceof ApiError) {
    return error.detail === undefined
      ? { reason: error.reason }
      : { reason: error.reason, detail: error.detail };
  }
  return { reason: 'internal' };
}

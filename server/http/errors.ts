import type { ErrorRequestHandler } from 'express';
import { ZodError } from 'zod';
import type { Log } from '../basics/log.ts';

/**
 * A refusal to a browser: `reason` is a key that the browser has words for in both languages,
 * `detail` helps a person act (which field, which limit).
 */
export class HttpProblem extends Error {
  readonly status: number;
  readonly reason: string;
  readonly detail: string | undefined;
  constructor(status: number, reason: string, detail?: string) {
    super(reason);
    this.status = status;
    this.reason = reason;
    this.detail = detail;
  }
}

/** Last in the chain: every error becomes `{reason, detail}`; what we did not expect is logged whole and told as `internal`. */
export function errorHandler(log: Log): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof HttpProblem) {
      response.status(error.status).json({ reason: error.reason, detail: error.detail });
    } else if (error instanceof ZodError) {
      const issue = error.issues[0];
      response
        .status(400)
        .json({ reason: 'badInput', detail: issue ? `${issue.path.join('.')}: ${issue.message}` : '' });
    } else if (typeof error?.status === 'number' && error.status >= 400 && error.status < 500) {
      // express's own body parser: too large, broken JSON
      response.status(error.status).json({ reason: error.status === 413 ? 'tooLarge' : 'badInput' });
    } else {
      log.error({ err: error }, 'request failed');
      response.status(500).json({ reason: 'internal' });
    }
  };
}

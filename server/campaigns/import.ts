import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { type Db, type Queryable, transaction } from '../db/pool.ts';
import {
  type Columns,
  clean,
  type ImportedLead,
  mostColumns,
  type RejectReason,
  readHeader,
  readRow,
} from './lead-import.ts';
import { detectSeparator, type Encoding, makeEncodingDetector, type RawRow, RowCutter } from './list-file.ts';

/**
 * Brings a list's file into a campaign, all of it or nothing: rows gather in a temporary table, and one transaction makes them
 * leads together with their rejects and the import's own end. A crash, a cancel or a fault leaves no trace but the reason.
 */
export interface ImportOptions {
  readonly db: Db;
  readonly importId: number;
  readonly file: string;
  readonly country: 'RU' | 'US' | 'GB';
  /** For leads whose list and customer name no zone. */
  readonly timeZone: string;
  readonly now: () => number;
}

/** A list that cannot be read at all; `reason` is a key for people's words, `detail` what was found instead. */
export class ListProblem extends Error {
  readonly detail: string;
  constructor(reason: 'emptyFile' | 'missingPhoneColumn' | 'tooManyColumns', detail = '') {
    super(reason);
    this.detail = detail;
  }
}

/** Somebody pressed cancel, or the import was given up as interrupted. */
class Cancelled extends Error {}

const BATCH_ROWS = 1000;
const PROGRESS_MS = 250;
/** First number of the advisory lock that says: a living process works on this import. */
export const importLockClass = 417;

/** Runs one import to its end. Returns the campaign's id, or null when there is nothing to do (cancelled, taken by another, failed). */
export async function runImport(options: ImportOptions): Promise<number | null> {
  const { db, importId } = options;
  try {
    return await transaction(db, { userId: null, source: `import ${importId}` }, async (tx) => {
      const { rows } = await tx.query<{ campaign_id: number }>(
        `SELECT campaign_id FROM lead_imports WHERE id = $1 AND state = 'running' AND pg_try_advisory_xact_lock($2, id)`,
        [importId, importLockClass],
      );
      const campaignId = rows[0]?.campaign_id;
      if (campaignId === undefined) return null;
      await new Import(options, tx, campaignId).run();
      return campaignId;
    });
  } catch (error) {
    if (error instanceof Cancelled) return null;
    const listProblem = error instanceof ListProblem;
    await failImport(
      db,
      importId,
      listProblem ? [error.message, error.detail].filter(Boolean).join(': ') : 'internal',
    );
    if (listProblem) return null;
    throw error;
  }
}

export async function failImport(db: Queryable, importId: number, error: string): Promise<void> {
  await db.query(`UPDATE lead_imports SET state = 'failed', error = $2 WHERE id = $1 AND state = 'running'`, [
    importId,
    error,
  ]);
}

class Import {
  private readonly options: ImportOptions;
  private readonly tx: Queryable;
  private readonly campaignId: number;
  private columns: Columns | null = null;
  private separator = ';';
  private rows = 0;
  private staged = 0;
  private readonly rejected: Partial<Record<RejectReason, number>> = {};
  private toldAt = 0;

  constructor(options: ImportOptions, tx: Queryable, campaignId: number) {
    this.options = options;
    this.tx = tx;
    this.campaignId = campaignId;
  }

  async run(): Promise<void> {
    const { file } = this.options;
    const bytesTotal = (await stat(file)).size;
    const encoding = await detectEncoding(file);
    await this.tx.query(
      `CREATE TEMP TABLE staged (line int, name text, phone text, time_zone text, data jsonb) ON COMMIT DROP`,
    );
    const decoder = new TextDecoder(encoding);
    let bytesRead = 0;
    let head = '';
    let cutter: RowCutter | null = null;
    const waiting: RawRow[] = [];
    const take = async (rows: RawRow[], all: boolean) => {
      waiting.push(...rows);
      while (waiting.length >= BATCH_ROWS || (all && waiting.length > 0)) {
        await this.takeRows(waiting.splice(0, BATCH_ROWS));
        await this.tell({ bytesRead, bytesTotal, encoding });
      }
    };
    for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
      const text = decoder.decode(chunk as Buffer, { stream: true });
      bytesRead += (chunk as Buffer).length;
      if (cutter) await take(cutter.push(text), false);
      else {
        head += text;
        // The header line decides the separator; no header is longer than a row may be.
        if (!/[\r\n]\s*\S/.test(head) && head.length < 70_000 && bytesRead < bytesTotal) continue;
        cutter = this.begin(head);
        await take(cutter.push(head), false);
      }
    }
    const rest = decoder.decode();
    cutter ??= this.begin(head);
    await take(cutter.push(rest), false);
    await take(cutter.end(), true);
    if (!this.columns) throw new ListProblem('emptyFile');
    await this.finish({ bytesRead, encoding });
  }

  private begin(head: string): RowCutter {
    const lines = head.trimStart().split(/\r\n|\n|\r/, 2);
    // A spreadsheet's own hint: a first line that says sep=;
    const hint = /^sep=([;,\t])$/.exec(lines[0] ?? '')?.[1];
    this.separator = hint ?? detectSeparator(lines[0] ?? '');
    return new RowCutter(this.separator);
  }

  private async takeRows(rows: RawRow[]): Promise<void> {
    const leads: (ImportedLead & { line: number })[] = [];
    const rejects: { line: number; reason: RejectReason; raw: string }[] = [];
    const cells = this.cellsOf(rows);
    rows.forEach((row, index) => {
      const of = cells[index];
      if (!this.columns && row.fault === null && of) {
        if (/^sep=.$/.test(row.text)) return;
        this.columns = this.header(of);
        return;
      }
      this.rows++;
      const result =
        !of || row.fault
          ? { ok: false as const, reason: row.fault ?? ('unclosedQuote' as const) }
          : readRow(of, this.columns!, this.options.country);
      if (result.ok) leads.push({ ...result.lead, line: row.line });
      else {
        rejects.push({ line: row.line, reason: result.reason, raw: clean(row.text.slice(0, 400), 200) });
        this.rejected[result.reason] = (this.rejected[result.reason] ?? 0) + 1;
      }
    });
    await this.stage(leads);
    await this.keepRejects(rejects);
    // The calls that this process serves go first.
    await new Promise(setImmediate);
  }

  /** The cells of each whole row; null where a row cannot be read. */
  private cellsOf(rows: RawRow[]): (string[] | null)[] {
    const whole = rows.filter((row) => row.fault === null).map((row) => row.text);
    let parsed: (string[] | null)[] | null = null;
    try {
      parsed = this.parse(whole.join('\n'));
    } catch {
      // One of them: found below.
    }
    if (parsed?.length !== whole.length) {
      parsed = whole.map((text) => {
        try {
          return this.parse(text)[0] ?? null;
        } catch {
          return null;
        }
      });
    }
    let next = 0;
    return rows.map((row) => (row.fault === null ? (parsed[next++] ?? null) : null));
  }

  private parse(text: string): string[][] {
    return parse(text, {
      delimiter: this.separator,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_quotes: true,
      relax_column_count: true,
    });
  }

  private header(cells: string[]): Columns {
    if (cells.length > mostColumns) throw new ListProblem('tooManyColumns', String(cells.length));
    const columns = readHeader(cells);
    if (!columns)
      throw new ListProblem(
        'missingPhoneColumn',
        cells
          .map((cell) => clean(cell, 40))
          .slice(0, 10)
          .join(', '),
      );
    return columns;
  }

  private async stage(leads: (ImportedLead & { line: number })[]): Promise<void> {
    if (leads.length === 0) return;
    this.staged += leads.length;
    await this.tx.query(
      `INSERT INTO staged SELECT line, name, phone, time_zone, data::jsonb
         FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[]) AS s (line, name, phone, time_zone, data)`,
      [
        leads.map((lead) => lead.line),
        leads.map((lead) => lead.name),
        leads.map((lead) => lead.phone),
        leads.map((lead) => lead.timeZone),
        leads.map((lead) => JSON.stringify(lead.data)),
      ],
    );
  }

  private async keepRejects(rejects: { line: number; reason: string; raw: string }[]): Promise<void> {
    if (rejects.length === 0) return;
    await this.tx.query(
      `INSERT INTO lead_import_rejects (import_id, line, reason, raw)
       SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[])`,
      [
        this.options.importId,
        rejects.map((r) => r.line),
        rejects.map((r) => r.reason),
        rejects.map((r) => r.raw),
      ],
    );
  }

  /** Progress for whoever watches, at most four times a second, outside the transaction; and whether somebody cancelled. */
  private async tell(at: { bytesRead: number; bytesTotal: number; encoding: Encoding }): Promise<void> {
    const now = this.options.now();
    if (now - this.toldAt < PROGRESS_MS) return;
    this.toldAt = now;
    const { rowCount } = await this.options.db.query(
      `UPDATE lead_imports SET bytes_read = $2, bytes_total = $3, rows = $4, rejected = $5, encoding = $6, separator = $7
        WHERE id = $1 AND state = 'running'`,
      [
        this.options.importId,
        at.bytesRead,
        at.bytesTotal,
        this.rows,
        this.rejected,
        at.encoding,
        this.separator,
      ],
    );
    if (rowCount === 0) throw new Cancelled();
  }

  private async finish(at: { bytesRead: number; encoding: Encoding }): Promise<void> {
    const { importId, timeZone, now } = this.options;
    await this.tx.query('ANALYZE staged');
    // A number that exactly one customer has is that customer's; of two rows with one number the first counts.
    const { rowCount } = await this.tx.query(
      `INSERT INTO leads (campaign_id, import_id, customer_id, name, phone, time_zone, data, due_at)
       SELECT $1, $2, c.customer_id, s.name, s.phone, coalesce(s.time_zone, c.time_zone, $3), s.data, $4
         FROM (SELECT DISTINCT ON (phone) * FROM staged ORDER BY phone, line) s
         LEFT JOIN (SELECT cp.phone, min(cp.customer_id) AS customer_id, min(cu.time_zone) AS time_zone
                      FROM customer_phones cp JOIN customers cu ON cu.id = cp.customer_id
                     GROUP BY cp.phone HAVING count(*) = 1) c ON c.phone = s.phone
        ORDER BY s.line
       ON CONFLICT (campaign_id, phone) DO NOTHING`,
      [this.campaignId, importId, timeZone, new Date(now())],
    );
    const imported = rowCount ?? 0;
    const done = await this.tx.query(
      `UPDATE lead_imports
          SET state = 'finished', bytes_read = $2, bytes_total = $2, rows = $3, imported = $4, duplicates = $5, rejected = $6,
              encoding = $7, separator = $8
        WHERE id = $1 AND state = 'running'`,
      [
        importId,
        at.bytesRead,
        this.rows,
        imported,
        this.staged - imported,
        this.rejected,
        at.encoding,
        this.separator,
      ],
    );
    if (done.rowCount === 0) throw new Cancelled();
  }
}

async function detectEncoding(file: string): Promise<Encoding> {
  const detector = makeEncodingDetector();
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
    if (detector.push(chunk as Buffer)) break;
  }
  return detector.encoding();
}

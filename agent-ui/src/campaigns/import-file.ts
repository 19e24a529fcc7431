import { language, t } from '../ui/words.ts';

/** Files on their way in, and the sample on its way out. */

const largestBytes = 500 * 1024 * 1024;

/** Why a file cannot be a list, told before it is sent; a key of `imports.*`, null when it may go. */
export function fileTrouble(file: Pick<File, 'name' | 'size'>): 'notCsv' | 'tooBig' | 'emptyFile' | null {
  if (!/\.(csv|txt|tsv)$/i.test(file.name)) return 'notCsv';
  if (file.size === 0) return 'emptyFile';
  return file.size > largestBytes ? 'tooBig' : null;
}

/** Bytes in the unit a person would say: 1,5 МБ. */
export function formatBytes(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return new Intl.NumberFormat(language() === 'ru' ? 'ru-RU' : 'en-GB', {
    style: 'unit',
    unit: units[power] ?? 'byte',
    maximumFractionDigits: power === 0 ? 0 : 1,
  }).format(bytes / 1024 ** power);
}

/**
 * Saves the sample as Excel in Russia opens it without asking: UTF-8 with BOM, semicolons, CRLF.
 * Phones stand in two of the forms that are understood; in the demo the test exchange answers them.
 */
export function downloadSample(): void {
  const rows = [
    [t('imports.col.name'), t('imports.col.phone'), t('imports.col.zone'), t('imports.comment')],
    [t('imports.sampleName1'), '+7 999 108-03-10', 'Europe/Moscow', t('imports.sampleComment1')],
    [t('imports.sampleName2'), '8 (999) 110-03-20', 'Asia/Yekaterinburg', t('imports.sampleComment2')],
  ];
  const text = `\ufeff${rows.map((row) => row.join(';')).join('\r\n')}\r\n`;
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = t('imports.sampleFile');
  link.click();
  URL.revokeObjectURL(url);
}

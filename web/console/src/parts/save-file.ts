/** Hands a file to the reader's browser. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** One CSV field (RFC 4180); a leading formula sign is defused, because spreadsheets run it. */
function csvField(value: string | number): string {
  const text = typeof value === 'number' ? String(value) : /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as CSV with the mark by which spreadsheets recognise UTF-8. */
export function csvOf(rows: (string | number)[][]): Blob {
  return new Blob(['\uFEFF', rows.map((row) => row.map(csvField).join(',')).join('\r\n'), '\r\n'], { type: 'text/csv;charset=utf-8' });
}

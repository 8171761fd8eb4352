/** Fill `{{name}}` and `{name}` from values; a name nobody knows stays as it is, to be seen and filled by hand. */
export function fillPlaceholders(text: string, values: Record<string, string>): string {
  return text.replace(/\{\{\s*([\w.]+)\s*\}\}|\{\s*([\w.]+)\s*\}/gu, (all, double?: string, single?: string) => values[double ?? single ?? ''] ?? all)
}

/** Rules that are typed as data. Pure. */

/** What was typed as rules; a sentence where it is no JSON. */
export function readDocument(typed: string): { document: Record<string, unknown> } | { problem: string } {
  try {
    const found: unknown = JSON.parse(typed)
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return { document: found as Record<string, unknown> }
    return { problem: '' }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : '' }
  }
}

const SOON_MS = 1_500
const WAIT_MS = 300

/** Fetch what may be wanted next. Where it cannot be fetched now, whoever wants it asks again and is told. */
export function fetchAhead(...loads: (() => Promise<unknown>)[]): void {
  for (const load of loads) load().catch(() => undefined)
}

/** Run once the page has nothing more urgent to do, and soon in any case: for what may be wanted next. */
export function whenIdle(run: () => void): void {
  if ('requestIdleCallback' in window) window.requestIdleCallback(run, { timeout: SOON_MS })
  else setTimeout(run, WAIT_MS)
}

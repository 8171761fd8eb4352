/** What the figure of a field counts: money is typed in whole units and kept in minor ones; shares are typed in percent. */
const MONEY = new Set(['revenue', 'profit'])
const SHARES = new Set(['share_above', 'trend'])

export const isMoney = (field: string): boolean => MONEY.has(field)
export const isShare = (field: string): boolean => SHARES.has(field)

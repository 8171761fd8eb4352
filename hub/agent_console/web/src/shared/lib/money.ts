/** An amount of minor units in the locale's own form: 1250 CNY with two decimals is "¥12.50". */
export function money(minor: number, currency: string, decimals: number, locale: string): string {
  const places = { minimumFractionDigits: decimals, maximumFractionDigits: decimals }
  return new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', ...places }).format(minor / 10 ** decimals)
}

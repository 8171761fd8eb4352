/** How many parts a text has on its way, by the alphabet it needs: as hub/channels/sms/parts.py counts them. Pure. */

const BASIC = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà')
const EXTENSION = new Set('\f^{}\\[~]|€')
const NAMED = 5

export interface Counted {
  /** "gsm": 160 places, 153 in each of several parts; "ucs2": 70 and 67. */
  alphabet: 'gsm' | 'ucs2'
  parts: number
  /** Free places in the last part. */
  left: number
  /** Characters of the text, as the channel's limit counts them. */
  length: number
  /** Why it needs the long alphabet: the first few characters that the short one has not. */
  long: string[]
}

export function countParts(text: string): Counted {
  const characters = [...text]
  const long = [...new Set(characters.filter((one) => !BASIC.has(one) && !EXTENSION.has(one)))]
  const alphabet = long.length > 0 ? 'ucs2' : 'gsm'
  const [alone, among] = alphabet === 'gsm' ? [160, 153] : [70, 67]
  const sizes = characters.map((one) => (alphabet === 'gsm' ? (EXTENSION.has(one) ? 2 : 1) : one.length))
  const places = sizes.reduce((sum, size) => sum + size, 0)
  const known = { alphabet, length: characters.length, long: long.slice(0, NAMED) } as const
  if (places <= alone) return { ...known, parts: text === '' ? 0 : 1, left: alone - places }
  let [parts, taken] = [1, 0]
  for (const size of sizes) {
    if (taken + size > among) [parts, taken] = [parts + 1, 0]
    taken += size
  }
  return { ...known, parts, left: among - taken }
}

import { texts } from '@/i18n'

/** What a placeholder stands for: "customer.key.shop" is the key in the system "shop". */
export function placeName(name: string): string {
  const key = `links.place.${name.replace('.', '_')}`
  if (texts.te(key)) return texts.t(key)
  const system = /^customer\.key\.(.+)$/u.exec(name)?.[1]
  return system ? texts.t('links.keyOf', { system }) : name
}

/** Why a link leads nowhere (texts: links). */
export const lackWords = (lacks: string[]): string => texts.t('links.lacks', { places: lacks.map(placeName).join(texts.t('links.comma')) })

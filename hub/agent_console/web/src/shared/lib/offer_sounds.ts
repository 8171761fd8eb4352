import type { Cue } from './sound'

/** How an offer may sound, the same for all or by the customer's tier; `none`: it is shown only. */
export const OFFER_SOUNDS = ['offer', 'offer_best', 'bell', 'deep', 'none'] as const
export type OfferSound = (typeof OFFER_SOUNDS)[number]
/** What somebody chose, by the tier's id. Words that are none of these count as not chosen. */
export type OfferSounds = Record<string, string>

const isOne = (word: string | undefined): word is OfferSound => OFFER_SOUNDS.some((one) => one === word)

/** How offers of a tier sound. `best`: it is one of the two best, and shown with its name. */
export function soundOf(choices: OfferSounds, tier: string, best: boolean): OfferSound {
  const chosen = choices[tier]
  return isOne(chosen) ? chosen : best ? 'offer_best' : 'offer'
}

/** The cue to play for offers that ring at once, the most urgent first: that of the first which sounds. */
export function cueOf(sounds: readonly OfferSound[]): Cue | null {
  return sounds.find((one): one is Exclude<OfferSound, 'none'> => one !== 'none') ?? null
}

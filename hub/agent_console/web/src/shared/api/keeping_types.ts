/** How long what was said is kept (hub/customers/settings.py), and what is due by that. */

/** Whole days from the end of a contact; 0: without end. */
export interface KeepDays {
  anonymous_chats_days: number
  chats_days: number
  mails_days: number
  faxes_days: number
  texts_days: number
  calls_days: number
}

export type QueueKeep = { [name in keyof KeepDays]: KeepDays[name] | null }

/** `deletes` false: nothing goes. */
export interface KeepPart extends KeepDays {
  deletes: boolean
  originals_days: number
  access_log_days: number
}

export type KeptKind = 'anonymous_chats' | 'chats' | 'mails' | 'faxes' | 'texts' | 'calls' | 'originals' | 'access_log'

/** What would go now by some days: of contacts an upper bound. `more`: it was looked at no further. */
export interface KeepingPreview {
  going: { what: KeptKind; n: number; more: boolean }[]
  originals_bytes: number
  staying: { why: 'goes_on' | 'promised' | 'begun' | 'held' | 'recorded'; n: number; more: boolean }[]
}

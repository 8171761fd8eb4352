/** The channels of a set-up, in the order of the screens. */
export const CHANNELS = ['phone', 'webchat', 'email', 'fax', 'sms'] as const
/** What has answer targets of its own without being a channel. */
export const WITH_TARGETS = [...CHANNELS, 'voicemail', 'callback'] as const

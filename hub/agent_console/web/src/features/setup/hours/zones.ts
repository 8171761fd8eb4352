/** Zones that this browser knows, by their IANA names. */
export const ZONES: string[] = Intl.supportedValuesOf('timeZone')

/** Holiday calendars to choose from; any country code of ISO 3166, with a part of it, can be typed. */
export const CALENDARS = ['none', 'CN+workdays', 'CN', 'HK', 'TW', 'SG', 'JP', 'KR', 'US', 'GB', 'DE', 'DE-BY', 'FR', 'IT', 'ES', 'AU', 'CA', 'IN']

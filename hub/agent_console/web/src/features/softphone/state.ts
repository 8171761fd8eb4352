import type { SoftphoneView } from '@/shared/api/softphone'
import type { PhonePicture } from '@/stores/softphone'

export interface Shown {
  tone: 'good' | 'bad' | 'wait' | 'call'
  /** i18n key of the state, and of what is to be done about it ('': nothing). */
  words: string
  mend: string
}

/** How the softphone stands, in words. */
export function stateOf(view: SoftphoneView | null, picture: PhonePicture): Shown {
  if (view?.lacks) return { tone: 'bad', words: 'softphone.state.lacking', mend: `softphone.lacks.${view.lacks}` }
  const { call, status } = picture
  if (call) return { tone: 'call', words: call.muted ? 'softphone.state.muted' : `softphone.state.${call.stage}`, mend: '' }
  if (status === 'ready') return { tone: 'good', words: 'softphone.state.ready', mend: '' }
  if (status === 'waiting') return { tone: 'wait', words: 'softphone.state.waiting', mend: 'softphone.mend.waiting' }
  if (status === 'starting' || status === 'off') return { tone: 'wait', words: 'softphone.state.starting', mend: 'softphone.mend.starting' }
  return { tone: 'bad', words: `softphone.state.${status}`, mend: `softphone.mend.${status}` }
}

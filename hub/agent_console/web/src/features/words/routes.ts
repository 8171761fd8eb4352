import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: 'words/:part(responses|macros|tags)?', name: 'words', meta: { title: 'nav.words' }, component: () => withTexts('words', import('@/features/words/WordsPage.vue')) },
]

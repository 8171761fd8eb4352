import type { RouteRecordRaw } from 'vue-router'

import { ruleTexts } from '@/features/rules/texts'
import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  {
    path: 'groups/:key?',
    name: 'groups',
    meta: { title: 'nav.groups', supervises: true },
    component: () => Promise.all([withTexts('groups', import('@/features/groups/GroupsPage.vue')), ruleTexts()]).then(([page]) => page),
  },
]

import type { RouteRecordRaw } from 'vue-router'

import { loadTexts, withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  {
    path: 'groups/:key?',
    name: 'groups',
    meta: { title: 'nav.groups', supervises: true },
    // the names of what rules ask are those of the tiers' rules
    component: () => Promise.all([withTexts('groups', import('@/features/groups/GroupsPage.vue')), loadTexts('value')]).then(([page]) => page),
  },
]

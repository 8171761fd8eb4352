import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

// Whom a list is for is chosen as for a campaign, in the words of one.
export const routes: RouteRecordRaw[] = [
  {
    path: 'phone-lists/:key?',
    name: 'phone-lists',
    meta: { title: 'customer.phoneLists', supervises: true },
    component: () => withTexts('campaigns', withTexts('phone_lists', import('@/features/phone_lists/PhoneListsPage.vue'))),
  },
]

import type { RouteRecordRaw } from 'vue-router'

import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  {
    path: 'campaigns/:key?',
    name: 'campaigns',
    meta: { title: 'customer.campaigns', supervises: true },
    component: () => withTexts('campaigns', import('@/features/campaigns/CampaignsPage.vue')),
  },
]

import { lazily, type DeskParts } from '@/features/desk/slots'

export const parts: DeskParts = {
  panel: [{ id: 'business', place: 'ordered', order: 10, component: lazily(() => import('./DeskBusiness.vue'), 'business') }],
}

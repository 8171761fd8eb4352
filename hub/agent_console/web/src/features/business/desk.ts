import { lazily, type DeskParts } from '@/features/desk/slots'

export const parts: DeskParts = {
  panel: [{ id: 'business', place: 'middle', order: 10, component: lazily(() => import('./DeskBusiness.vue'), 'business') }],
}

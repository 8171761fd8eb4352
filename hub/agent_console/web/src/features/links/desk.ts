import { lazily, type DeskParts } from '@/features/desk/slots'

export const parts: DeskParts = {
  panel: [{ id: 'links', place: 'ordered', order: 20, component: lazily(() => import('./LinksSection.vue'), 'links') }],
}

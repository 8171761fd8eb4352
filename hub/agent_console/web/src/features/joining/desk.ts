import { defineComponent, h, type Component } from 'vue'

import { useOpenContact, type OpenContact } from '@/features/desk/open_contact'
import { lazyDialog, type ContactAction, type DeskParts } from '@/features/desk/slots'
import { useSession } from '@/stores/session'

/** A dialog about the open contact: it gets its row besides `open`. */
function ofContact(load: () => Promise<{ default: Component }>): Component {
  const Dialog = lazyDialog(load, 'joining')
  return defineComponent({
    props: { open: { type: Boolean, required: true } },
    emits: ['update:open'],
    setup(props, { emit }) {
      const { row } = useOpenContact()
      return () => row.value && h(Dialog, { row: row.value, open: props.open, 'onUpdate:open': (open: boolean) => emit('update:open', open) })
    },
  })
}

const mayJoin = (open: OpenContact): boolean => open.mine.value || useSession().supervises
const isCall = (open: OpenContact): boolean => open.can.value?.call === true

function action(id: string, keys: string, dialog: Component, when?: (open: OpenContact) => boolean): ContactAction {
  return { id: `joining.${id}`, label: `header.${id}`, keys, ...(when ? { when } : {}), run: ({ show }) => show(dialog) }
}

export const parts: DeskParts = {
  contactActions: [
    action('merge', 'Shift+M', ofContact(() => import('./MergeDialog.vue')), mayJoin),
    action('split', '', ofContact(() => import('./SplitDialog.vue')), (open) => mayJoin(open) && !isCall(open)),
    action('ask', '', ofContact(() => import('./AskDialog.vue')), (open) => open.mine.value),
    action('link', '', ofContact(() => import('./LinkDialog.vue'))),
  ],
}

import { cloneVNode, Comment, Fragment, Text, type VNode } from 'vue'

/** The one element or component in a slot, with `props` added to it; null where there is none. Listeners are added, not replaced. */
export function withProps(nodes: VNode[] | undefined, props: Record<string, unknown>): VNode | null {
  for (const node of nodes ?? []) {
    if (node.type === Comment || node.type === Text) continue
    if (node.type === Fragment) {
      const inner = Array.isArray(node.children) ? withProps(node.children as VNode[], props) : null
      if (inner) return inner
    } else return cloneVNode(node, props, true)
  }
  return null
}

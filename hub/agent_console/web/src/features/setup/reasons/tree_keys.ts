/** What can be done with the reason that is chosen. */
export type Act = 'open' | 'child' | 'after' | 'up' | 'down' | 'in' | 'out' | 'move' | 'retire'

/** Keys in the tree; In and Out are the arrows along the line, as the script runs. */
export const ACTS: Record<string, Act> = {
  Enter: 'open',
  F2: 'open',
  Insert: 'after',
  'Shift+Insert': 'child',
  '+': 'after',
  'Shift++': 'after',
  'Alt+ArrowUp': 'up',
  'Alt+ArrowDown': 'down',
  'Alt+In': 'in',
  'Alt+Out': 'out',
  m: 'move',
  Delete: 'retire',
}

/** What rules about customers may ask, and whom they may name. */
import { getRuleForm, type RuleForm } from '@/shared/api/groups'
import { listUsers, type User } from '@/shared/api/people'
import type { Option } from './rule_words'

/** `tiers`: where others may be chosen than those in force, as in a set-up that is not saved yet. */
export interface RuleSource {
  form: RuleForm
  users: Pick<User, 'id' | 'name' | 'email'>[]
  tiers?: Option[]
}

const MOST_USERS = 200

export async function loadRuleSource(): Promise<RuleSource> {
  const [form, users] = await Promise.all([getRuleForm(), listUsers({ disabled: 'false' }, null, MOST_USERS)])
  return { form, users: users.items.filter((one) => one.role !== 'specialist') }
}

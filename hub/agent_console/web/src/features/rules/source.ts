/** What rules about customers may ask, and whom they may name. */
import { getRuleForm, type RuleForm } from '@/shared/api/groups'
import { listEverybody, type User } from '@/shared/api/people'
import type { Option } from './rule_words'

/** `tiers`: where others may be chosen than those in force, as in a set-up that is not saved yet. */
export interface RuleSource {
  form: RuleForm
  users: Pick<User, 'id' | 'name' | 'email'>[]
  tiers?: Option[]
}

export async function loadRuleSource(): Promise<RuleSource> {
  const [form, users] = await Promise.all([getRuleForm(), listEverybody()])
  return { form, users: users.filter((one) => one.role !== 'specialist') }
}

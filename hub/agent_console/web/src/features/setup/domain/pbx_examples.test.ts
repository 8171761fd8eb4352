import { expect, it } from 'vitest'

import { PBX_EXAMPLES } from './pbx_examples'

it('hands nothing to a shell that a caller can choose freely', () => {
  const given = /FACTS=(.*)\)$/mu.exec(PBX_EXAMPLES.asterisk)?.[1] ?? ''
  expect(given).toContain('Exten=')
  expect(given.match(/\$\{(?:CALLERID\(num\)|EXTEN)\}/gu)).toHaveLength(2)
  expect(given.match(/FILTER\(0-9,\$\{(?:CALLERID\(num\)|EXTEN)\}\)/gu)).toHaveLength(2)
})

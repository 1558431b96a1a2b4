import { describe, expect, it } from 'vitest'
import { pluralRules } from '.'
import { speech, type Messages } from './compile'
import en from './locales/en'
import fr from './locales/fr'

function texts(messages: Messages): string[] {
  return Object.values(messages).flatMap((one) => (typeof one === 'string' ? [one] : texts(one)))
}

function speak(locale: 'en' | 'fr', message: string) {
  return speech({ some: { message } }, pluralRules[locale]).say
}

describe('messages', () => {
  it('are said with their values', () => {
    expect(speak('en', 'Sign out')('some.message')).toBe('Sign out')
    const t = speak('en', 'From {start} to {end}, {start}')
    expect(t('some.message', { start: 9, end: '<b>ten</b>' })).toBe('From 9 to <b>ten</b>, 9')
    expect(t('some.message', { start: 'nine' })).toBe('From nine to , nine')
  })

  it('follow the count, as the language does', () => {
    const english = speak('en', 'no job | {count} job | {count} jobs of {owner}')
    expect([0, 1, 7].map((count) => english('some.message', { owner: 'Ada' }, count))).toEqual(['no job', '1 job', '7 jobs of Ada'])
    const french = speak('fr', '{count} autre | {count} autres')
    expect([0, 1, 2].map((count) => french('some.message', count))).toEqual(['0 autre', '1 autre', '2 autres'])
  })

  it('show their key where there are none', () => {
    const { say, has } = speech({ some: { message: 'Yes' } })
    expect([say('some.other'), say('some'), say('some.message.more'), say('constructor')]).toEqual(['some.other', 'some', 'some.message.more', 'constructor'])
    expect([has('some.message'), has('some'), has('toString')]).toEqual([true, false, false])
  })

  it('have nothing in them that is left as it is', () => {
    const strange = [...texts(en), ...texts(fr)].filter((text) => /[{}]|@[:.]/.test(text.replaceAll(/\{\w+\}/g, '')))
    expect(strange).toEqual([])
  })
})

// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { ref } from 'vue'
import type { Option } from './options'
import { optionFor, useTypeahead } from './typeahead'

const options: Option[] = ['Planned', 'Pending', 'Ops', 'Équipe', 'New York', 'New Delhi'].map((label) => ({ value: label, label }))

describe('optionFor', () => {
  it.each<[string, string | null, string | undefined]>([
    ['p', null, 'Planned'],
    ['p', 'Planned', 'Pending'],
    ['p', 'Pending', 'Planned'],
    ['pp', 'Planned', 'Pending'],
    ['pe', 'Planned', 'Pending'],
    ['pl', 'Planned', 'Planned'],
    ['O', 'Planned', 'Ops'],
    ['o', 'Ops', 'Ops'],
    ['equ', null, 'Équipe'],
    ['é', null, 'Équipe'],
    ['new d', 'New York', 'New Delhi'],
    ['x', 'Ops', undefined],
    ['\u0301', 'Ops', undefined],
  ])('of %j at %j is %j', (typed, current, found) => {
    expect(optionFor(options, typed, current)?.value).toBe(found)
  })

  it('passes by what cannot be chosen', () => {
    const some: Option[] = [{ value: 'ssh', label: 'SSH', disabled: true }, { value: 'serverless', label: 'Serverless' }]
    expect(optionFor(some, 's', null)?.value).toBe('serverless')
    expect(optionFor(some, 'ss', null)?.value).toBe('serverless')
    expect(optionFor(some, 'ssh', null)).toBeUndefined()
  })
})

describe('useTypeahead', () => {
  function typing() {
    const model = ref<string | null>(null)
    const { onKeydown, onKeyup } = useTypeahead(() => options, model)
    const key = (type: 'keydown' | 'keyup', name: string, at: number, init: KeyboardEventInit = {}) => {
      const event = new KeyboardEvent(type, { key: name, cancelable: true, ...init })
      Object.defineProperty(event, 'timeStamp', { value: at })
      if (type === 'keydown') onKeydown(event)
      else onKeyup(event)
      return event.defaultPrevented
    }
    return { model, down: key.bind(null, 'keydown'), up: key.bind(null, 'keyup') }
  }

  it('gathers what is typed without a pause', () => {
    const { model, down } = typing()
    for (const [index, letter] of [...'new d'].entries()) expect(down(letter, index * 900)).toBe(true)
    expect(model.value).toBe('New Delhi')
    down('p', 9000)
    expect(model.value).toBe('Planned')
  })

  it('leaves a space alone that begins nothing, down and up', () => {
    const { down, up } = typing()
    expect([down(' ', 0), up(' ', 10)]).toEqual([false, false])
    down('n', 100)
    expect([down(' ', 200), up(' ', 210)]).toEqual([true, true])
    expect([down(' ', 5000), up(' ', 5010)]).toEqual([false, false])
  })

  it('leaves commands and other keys alone, but not letters by AltGr', () => {
    const { model, down } = typing()
    expect([down('p', 0, { ctrlKey: true }), down('p', 0, { metaKey: true }), down('p', 0, { altKey: true }), down('Enter', 0), down('Tab', 0)])
      .toEqual([false, false, false, false, false])
    expect(model.value).toBeNull()
    expect(down('é', 0, { ctrlKey: true, altKey: true })).toBe(true)
    expect(model.value).toBe('Équipe')
  })
})

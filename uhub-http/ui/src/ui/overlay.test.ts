// @vitest-environment jsdom
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { overlay, untilFetched } from './overlay'
import { useToasts } from './toasts'

const Panel = defineComponent((props: { text: string }, { slots }) => () => h('p', [props.text, slots['default']?.()]), { props: ['text'] })
const { toasts, dismiss } = useToasts()

/** Fetches it, after so many times in vain. */
function after(failures: number) {
  let left = failures
  return vi.fn(async () => {
    left -= 1
    if (left >= 0) throw new TypeError('gone')
    return { default: Panel }
  })
}

afterEach(() => {
  for (const { id } of toasts.value) dismiss(id)
  document.head.replaceChildren()
})

describe('overlay', () => {
  it('is fetched once for all, with what is passed to it', async () => {
    const load = after(0)
    const Later = overlay(load)
    const first = mount(Later, { props: { text: 'a' }, slots: { default: () => 'b' } })
    expect(first.text()).toBe('')
    await flushPromises()
    expect(first.text()).toBe('ab')
    expect(mount(Later, { props: { text: 'c' } }).text()).toBe('c')
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('tells once that it did not come, and asks again when it is made again', async () => {
    const Later = overlay(after(2))
    for (let time = 0; time < 2; time += 1) {
      const failed = vi.fn()
      const wrapper = mount(Later, { props: { text: 'a' }, attrs: { onFailed: failed } })
      await flushPromises()
      expect(failed).toHaveBeenCalledTimes(1)
      expect(toasts.value).toMatchObject([{ tone: 'danger', action: {} }])
      wrapper.unmount()
    }
    const wrapper = mount(Later, { props: { text: 'a' } })
    await flushPromises()
    expect(wrapper.text()).toBe('a')
  })

  it('says nothing where it was not open, or is not wanted any more', async () => {
    const Later = overlay(after(3))
    const failed = vi.fn()
    mount(Later, { props: { text: 'a' }, attrs: { open: false, onFailed: failed } })
    await flushPromises()
    expect(failed).toHaveBeenCalledTimes(1)
    mount(Later, { props: { text: 'a' } }).unmount()
    Later.ahead()
    await flushPromises()
    expect(toasts.value).toEqual([])
  })

  it('does not go without its styles at the second try', async () => {
    const link = document.createElement('link')
    Object.assign(link, { rel: 'stylesheet', href: 'https://hub/panel.css' })
    const Later = overlay(vi.fn(async () => ({ default: Panel })).mockImplementationOnce(async () => {
      document.head.append(link)
      link.dispatchEvent(new Event('error'))
      throw new Error('Unable to preload CSS')
    }))
    Later.ahead()
    await flushPromises()

    const wrapper = mount(Later, { props: { text: 'a' } })
    await flushPromises()
    expect(wrapper.text()).toBe('')
    const again = [...document.head.querySelectorAll('link')].at(-1)
    expect(again).not.toBe(link)
    expect(again?.href).toBe(link.href)
    again?.dispatchEvent(new Event('load'))
    await flushPromises()
    expect(wrapper.text()).toBe('a')
  })
})

describe('untilFetched', () => {
  it('asks until it is there', async () => {
    vi.useFakeTimers()
    const load = after(3)
    const done = untilFetched(load)
    await vi.runAllTimersAsync()
    expect(await done).toEqual({ default: Panel })
    expect(load).toHaveBeenCalledTimes(4)
    vi.useRealTimers()
  })
})

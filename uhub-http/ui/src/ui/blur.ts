let held = 0

/** While something with a blurred backdrop is open the aurora stands still. @returns what ends it */
export function holdBlur(): () => void {
  held += 1
  document.documentElement.classList.add('is-blurred')
  let isHeld = true
  return () => {
    if (!isHeld) return
    isHeld = false
    held -= 1
    if (held === 0) document.documentElement.classList.remove('is-blurred')
  }
}

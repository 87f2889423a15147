/** Listen while the component lives. */
import { onScopeDispose } from 'vue'

export function useEventListener<K extends keyof WindowEventMap>(
  target: Window,
  type: K,
  run: (event: WindowEventMap[K]) => void,
): void {
  target.addEventListener(type, run)
  onScopeDispose(() => target.removeEventListener(type, run))
}

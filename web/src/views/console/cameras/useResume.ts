/** Let a suppressed algorithm run again before its time. */
import { ref } from 'vue'

import { api, data, once } from '@/api/client'

export function useResume(done: () => void) {
  /** The one that is being sent. */
  const resuming = ref('')
  const failure = ref<unknown>(null)
  async function resume(code: string): Promise<void> {
    if (resuming.value) return
    resuming.value = code
    failure.value = null
    try {
      await data(
        api.POST('/api/video/bindings/{code}/resume', { params: { path: { code } }, headers: once() }),
      )
      done()
    } catch (refused) {
      failure.value = refused
    } finally {
      resuming.value = ''
    }
  }
  return { resuming, failure, resume }
}

/** What a file may be, told before it is sent. The server looks at the content and has the last word. */
const PHOTO = 'image/jpeg,image/png,image/webp'
export const ACCEPT = {
  photo_before: PHOTO,
  photo_after: PHOTO,
  photo_onsite: PHOTO,
  video: 'video/mp4',
  document: 'application/pdf',
} as const
export type FileKind = keyof typeof ACCEPT

const MOST = 10 * 1024 * 1024
export const fits = (bytes: number): boolean => bytes <= MOST

type Say = (key: string, values: Record<string, unknown>) => string

export function sizeText(bytes: number, say: Say): string {
  if (bytes < 1024 * 1024) return say('cases.evidence.size_kb', { n: Math.max(1, Math.round(bytes / 1024)) })
  return say('cases.evidence.size_mb', { n: (bytes / 1024 / 1024).toFixed(1) })
}

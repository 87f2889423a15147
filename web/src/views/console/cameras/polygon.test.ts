import { describe, expect, it } from 'vitest'

import {
  addPoint,
  apart,
  crossing,
  edges,
  faultOf,
  freeCode,
  inward,
  MOST_CORNERS,
  movePoint,
  moveShape,
  plain,
  removePoint,
  turned,
  type Point,
  type Shape,
} from './polygon'

const zone = (...points: Point[]): Shape => ({ what: 'zone', code: 'z1', points, square_metres: null })
const line = (...points: Point[]): Shape => ({ what: 'line', code: 'l1', points, square_metres: null })
const square = zone([0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8])

describe('corners', () => {
  it('move, and stay on the picture', () => {
    expect(movePoint(square, 1, [1.4, -0.2]).points[1]).toEqual([1, 0])
    expect(square.points[1]).toEqual([0.8, 0.2])
  })

  it('are added in the middle of an edge, or where somebody says', () => {
    expect(addPoint(square, 3).points).toEqual([...square.points, [0.2, 0.5]])
    expect(addPoint(square, 0, [0.5, 0.1]).points[1]).toEqual([0.5, 0.1])
  })

  it('go, but three stay', () => {
    const three = removePoint(square, 0)
    expect(three.points).toHaveLength(3)
    expect(removePoint(three, 0)).toBe(three)
  })

  it('of a line are two, for good', () => {
    const one = line([0.1, 0.5], [0.9, 0.5])
    expect(addPoint(one, 0)).toBe(one)
    expect(removePoint(one, 0)).toBe(one)
    expect(edges(one)).toHaveLength(1)
    expect(turned(one).points[0]).toEqual([0.9, 0.5])
  })

  it('are not more than the server takes', () => {
    let many = square
    for (let n = 0; n < 100; n++) many = addPoint(many, 0)
    expect(many.points).toHaveLength(MOST_CORNERS)
  })
})

describe('a whole shape', () => {
  it('moves as far as the edge and keeps its form', () => {
    const moved = moveShape(square, 0.5, -0.9)
    expect(moved.points).toEqual([[0.4, 0], [1, 0], [1, 0.6], [0.4, 0.6]]) // prettier-ignore
  })

  it('begins with a code that is free', () => {
    expect(freeCode([square], 'zone')).toBe('z2')
    expect(freeCode([square], 'line')).toBe('l1')
    expect(faultOf(plain([square], 'zone'))).toBeNull()
    expect(faultOf(plain([], 'line'))).toBeNull()
  })
})

describe('what is wrong', () => {
  it.each([
    ['nothing', square, null],
    ['two corners', zone([0, 0], [1, 1]), 'few'],
    ['a corner twice', zone([0, 0], [0, 0], [1, 1], [0, 1]), 'same'],
    ['a bow tie', zone([0.2, 0.2], [0.8, 0.8], [0.8, 0.2], [0.2, 0.8]), 'crosses'],
    ['a corner on another edge', zone([0, 0], [1, 0], [1, 1], [0.5, 0], [0, 1]), 'crosses'],
    ['no area', zone([0, 0], [0.5, 0.5], [1, 1]), 'flat'],
    ['a short line', line([0.5, 0.5], [0.505, 0.5]), 'short'],
    ['a line', line([0.2, 0.5], [0.7, 0.5]), null],
  ])('%s', (_, shape, fault) => expect(faultOf(shape as Shape)).toBe(fault))

  it('names the edges that cross', () => {
    expect([...crossing(zone([0.2, 0.2], [0.8, 0.8], [0.8, 0.2], [0.2, 0.8]))].sort()).toEqual([0, 2])
    expect(crossing(square).size).toBe(0)
  })
})

describe('the inner side of a line', () => {
  it('is to the right of whoever walks along it on the picture', () => {
    // To the right of the picture: the right hand points down.
    expect(inward([[0, 0.5], [1, 0.5]])).toEqual([-0, 1]) // prettier-ignore
    // Down the picture: the right hand points left.
    expect(inward([[0.5, 0], [0.5, 1]])).toEqual([-1, 0]) // prettier-ignore
  })

  it('stands at a right angle as it is seen, whatever the picture is', () => {
    const [x, y] = inward([[0, 0], [0.5, 0.5]], 2) // prettier-ignore
    expect(x * 2 + y).toBeCloseTo(0)
  })
})

describe('corners set by hand', () => {
  it('are one where a double click set two', () => {
    expect(apart([[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.501, 0.5]])).toEqual([[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]]) // prettier-ignore
    expect(
      apart([
        [0.1, 0.1],
        [0.5, 0.1],
        [0.5, 0.5],
        [0.1, 0.101],
      ]),
    ).toHaveLength(3)
  })
  it('stay where they are apart', () => {
    const all: Point[] = [[0.1, 0.1], [0.11, 0.1], [0.5, 0.5]] // prettier-ignore
    expect(apart(all)).toEqual(all)
    expect(apart([])).toEqual([])
  })
})

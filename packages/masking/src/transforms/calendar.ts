import { type Growing, reserve } from '@sallyport/wire'
import { ascii, put, putDecimal } from './text.js'

/**
 * Days of the proleptic Gregorian calendar, counted from 2000-01-01. Years are astronomical: 0 is 1 BC. Text is what ISO
 * 8601 and PostgreSQL (DateStyle ISO) write: `2024-06-15`, `2024-06-15 12:00:00.5+02:00`, `0044-03-15 BC`; no other style.
 */
const secondsPerDay = 86_400

/** Every number is a day. */
const noDay = Number.NaN

/** 4713 BC began some weeks before the first day that servers know: Julian day 0, 4714-11-24 BC. */
export const firstDay = -2_451_545

function dayOf(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1
  const era = Math.floor(shifted / 400)
  const ofEra = shifted - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 730_425
}

/** Months since the first of the year 0. */
function monthOf(day: number): number {
  const shifted = day + 730_425
  const era = Math.floor(shifted / 146_097)
  const ofEra = shifted - era * 146_097
  const year = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365)
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100))
  const month = Math.floor((5 * ofYear + 2) / 153)
  return (year + era * 400) * 12 + month + 2
}

/** The first day of the year, or of the month, that the day is in. */
export function floorDay(day: number, keep: 'year' | 'month'): number {
  const months = monthOf(day)
  const year = Math.floor(months / 12)
  return dayOf(year, keep === 'year' ? 1 : months - year * 12 + 1, 1)
}

/**
 * The day that text tells, of a time with an offset the day in UTC: otherwise whoever sets the time zone could move the
 * value over a border of its month and so find the day. Not a number: not text of this style.
 */
export function readDay(source: Uint8Array, start: number, end: number): number {
  at = start
  const length = end >= start + 3 && source[end - 1] === 0x43 && source[end - 2] === 0x42 && source[end - 3] === 0x20 ? end - 3 : end
  const year = digits(source, length, 4, 7)
  const month = separated(source, length, 0x2d)
  const day = separated(source, length, 0x2d)
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return noDay
  const date = dayOf(length === end ? year : 1 - year, month, day)
  return at === length ? date : date + Math.floor(readTime(source, length) / secondsPerDay)
}

/** How far the reading has come: one is read at a time, and none is kept. */
let at = 0

/** Seconds into the day, in UTC where an offset is told. */
function readTime(source: Uint8Array, end: number): number {
  if (source[at] !== 0x20 && source[at] !== 0x54) return noDay
  at++
  const seconds = digits(source, end, 2, 2) * 3600 + separated(source, end, 0x3a) * 60 + separated(source, end, 0x3a)
  if (at < end && source[at] === 0x2e) {
    at++
    digits(source, end, 1, 6)
  }
  return at === end ? seconds : seconds - readOffset(source, end)
}

/** `Z`, or hours, minutes and seconds east of Greenwich. */
function readOffset(source: Uint8Array, end: number): number {
  const sign = source[at++]
  if (sign === 0x5a) return at === end ? 0 : noDay
  if (sign !== 0x2b && sign !== 0x2d) return noDay
  let offset = digits(source, end, 2, 3) * 3600
  if (at < end) offset += separated(source, end, 0x3a) * 60
  if (at < end) offset += separated(source, end, 0x3a)
  return at === end ? (sign === 0x2b ? offset : -offset) : noDay
}

function separated(source: Uint8Array, end: number, separator: number): number {
  if (at >= end || source[at] !== separator) return noDay
  at++
  return digits(source, end, 2, 2)
}

function digits(source: Uint8Array, end: number, fewest: number, most: number): number {
  const from = at
  let value = 0
  while (at < end && at - from < most && source[at]! >= 0x30 && source[at]! <= 0x39) value = value * 10 + source[at++]! - 0x30
  return at - from < fewest ? noDay : value
}

const beforeChrist = ascii(' BC')

/** `2024-01-01`, and what comes after it, such as ` 00:00:00`. */
export function writeDay(day: number, time: Uint8Array, out: Growing): void {
  const months = monthOf(day)
  const year = Math.floor(months / 12)
  putDecimal(out, year > 0 ? year : 1 - year, 4)
  dash(out)
  putDecimal(out, months - year * 12 + 1, 2)
  dash(out)
  putDecimal(out, day - dayOf(year, months - year * 12 + 1, 1) + 1, 2)
  put(out, time, time.length)
  if (year <= 0) put(out, beforeChrist, beforeChrist.length)
}

function dash(out: Growing): void {
  reserve(out, 1)
  out.bytes[out.at++] = 0x2d
}

import { pattern } from './pattern.js'

/**
 * Whether what follows an `@` is a domain that mail goes to, and no file, version or unit of a machine.
 *
 * Two letters: ISO 3166-1 and the exceptions that are delegated (IANA root zone). Longer: any letters but the endings below.
 */
const countries = new Set(
  (
    'ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg ch ci ck cl cm cn ' +
    'co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw ' +
    'gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc ' +
    'md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt ' +
    'pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw ' +
    'tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw'
  ).split(' '),
)

/** Endings of files, images, programs and units, none of which is a top-level domain. */
const files = new Set(
  (
    'png jpg jpeg gif webp svg bmp ico tif tiff pdf css scss html htm json yaml yml toml xml csv tsv txt log lock map mjs cjs jsx tsx vue ' +
    'java kt go php rb exe dll bin dat tar tgz bz2 gz zst rpm deb apk iso img sql db bak tmp conf cfg ini env service socket timer mount ' +
    'slice scope wasm proto woff woff2 ttf mp3 mp4 wav avi mkv alpha beta rc snapshot'
  ).split(' '),
)

/** Suffixes that networks use for themselves: a login there, unless what stands before it is like a person's name. */
const inner = new Set(['local', 'internal', 'localdomain', 'lan', 'intranet', 'svc', 'consul', 'cluster'])

const letters = pattern(String.raw`^[a-z\u0080-\uffff]+$`)
const label = pattern(String.raw`^[a-z0-9\u0080-\uffff-]+$`)
const version = pattern(String.raw`^v?[0-9]{1,5}\.[0-9]`)
const person = pattern(String.raw`^[a-z\u0080-\uffff]+[._][a-z\u0080-\uffff]+$`)

export function isDomain(written: string, local: string): boolean {
  const domain = written.toLowerCase()
  const labels = domain.split('.')
  const last = labels.at(-1)!
  if (labels.length < 2 || version.test(domain) || !labels.every(isLabel)) return false
  if (inner.has(last)) return person.test(local.toLowerCase())
  if (last.startsWith('xn--')) return last.length > 4
  return last.length > 1 && letters.test(last) && (last.length === 2 ? countries.has(last) || last.charCodeAt(0) > 127 : !files.has(last))
}

/** RFC 1035 2.3.4: at most 63 characters, no hyphen at the ends. */
function isLabel(one: string): boolean {
  return one.length <= 63 && label.test(one) && !one.startsWith('-') && !one.endsWith('-')
}

import type { Alphabet } from './alphabets.js'

/**
 * Tokens whose makers mark them, so that a leak can be found: what they begin with, the characters of the rest, and how
 * many there are. Facts from the makers' documentation and from public rule sets (gitleaks, secretlint, GitHub's list of
 * partner patterns).
 */
export interface Vendor {
  readonly prefix: string
  readonly alphabet: Alphabet
  readonly least: number
  readonly most: number
}

const rows = `
  GitHub            ghp_ alnum 36 255 · gho_ alnum 36 255 · ghu_ alnum 36 255 · ghs_ url 36 600 · ghr_ alnum 36 255 · github_pat_ word 60 255
  GitLab            glpat- parts 20 300 · gldt- url 20 300 · glrt- parts 20 300 · glrtr- parts 20 300 · glptt- hex 40 40 · glcbt- url 20 300 · glsoat- url 20 300
  GitLab            glft- url 20 300 · glimt- url 20 300 · glagent- url 50 300 · gloas- hex 64 64 · glffct- url 20 300
  Slack             xoxb- url 20 255 · xoxp- url 20 255 · xoxa- url 20 255 · xoxr- url 20 255 · xoxs- url 20 255 · xoxe- url 20 255 · xoxe.xoxp- url 20 255 · xapp- url 30 255
  Stripe            sk_live_ alnum 16 247 · sk_test_ alnum 16 247 · rk_live_ alnum 16 247 · rk_test_ alnum 16 247 · whsec_ base64 24 100
  Google            AIza url 35 35 · GOCSPX- url 28 28 · ya29. url 30 2000 · 1//0 url 30 200
  npm               npm_ alnum 36 36
  PyPI              pypi- url 85 400
  RubyGems          rubygems_ hex 48 48
  crates            cio alnum 32 32
  NuGet             oy2 alnum 43 43
  Docker            dckr_pat_ url 27 40 · dckr_oat_ url 27 40
  OpenAI            sk-proj- url 40 300 · sk-svcacct- url 40 300 · sk-admin- url 40 300 · sk- alnum 32 64
  Anthropic         sk-ant- url 40 300
  OpenRouter        sk-or-v1- hex 64 64
  DeepSeek          sk- hex 32 32
  HuggingFace       hf_ alnum 34 40 · api_org_ alnum 34 34
  Groq              gsk_ alnum 40 64
  xAI               xai- alnum 70 90
  Perplexity        pplx- alnum 40 64
  Replicate         r8_ alnum 37 40
  Tavily            tvly- url 28 60
  SendGrid          SG. parts 60 80
  Mailgun           key- hex 32 32
  Brevo             xkeysib- url 70 110
  Twilio            SK hex 32 32
  DigitalOcean      dop_v1_ hex 64 64 · doo_v1_ hex 64 64 · dor_v1_ hex 64 64
  Shopify           shpat_ hex 32 32 · shpss_ hex 32 32 · shpca_ hex 32 32 · shppa_ hex 32 32
  Square            sq0atp- url 22 60 · sq0csp- url 40 60 · EAAA url 56 64
  PayPal            access_token$production$ word 40 60
  Plaid             access-production- url 36 36 · access-sandbox- url 36 36
  Flutterwave       FLWSECK- alnum 32 40 · FLWSECK_TEST- alnum 32 40
  Razorpay          rzp_live_ alnum 14 14
  Vault             hvs. url 24 400 · hvb. url 24 400 · hvr. url 24 400
  Databricks        dapi hex 32 32
  Grafana           glsa_ word 41 41 · glc_ base64 32 400 · eyJrIjoi base64 50 400
  NewRelic          NRAK- alnum 27 27 · NRII- url 32 32 · NRJS- hex 19 19
  Sentry            sntrys_ base64 60 400 · sntryu_ hex 64 64
  Honeycomb         hcaik_ alnum 58 58
  Linear            lin_api_ alnum 40 40
  Notion            ntn_ alnum 40 60 · secret_ alnum 43 43
  Atlassian         ATATT3 base64 60 300 · ATCTT3 base64 60 300 · ATBB alnum 32 60
  Postman           PMAK- url 59 59
  Doppler           dp.pt. alnum 40 50 · dp.st. parts 40 80 · dp.ct. alnum 40 50 · dp.sa. alnum 40 50
  Pulumi            pul- hex 40 40
  Airtable          pat parts 79 84
  Figma             figd_ url 40 60 · figdr_ url 40 60
  Supabase          sbp_ hex 40 40 · sb_secret_ url 20 60
  Netlify           nfp_ alnum 36 40
  Heroku            HRKU- url 36 80
  Fly               FlyV1 base64 100 1000 · fm2_ base64 100 1000 · fo1_ url 43 43
  Tailscale         tskey- url 20 100
  PlanetScale       pscale_tkn_ parts 32 64 · pscale_pw_ parts 32 64 · pscale_oauth_ parts 32 64
  Neon              napi_ alnum 40 80
  Upstash           UPSTASH_ alnum 40 80
  Contentful        CFPAT- url 43 43
  Dropbox           sl. url 100 400
  Alibaba           LTAI alnum 20 24
  Tencent           AKID alnum 32 40
  Yandex            AQVN url 35 40 · t1. url 80 300
  Age               AGE-SECRET-KEY-1 alnum 58 58
  1Password         ops_eyJ base64 250 2000
  Typeform          tfp_ parts 40 70
  Prefect           pnu_ alnum 36 36
  ReadMe            rdme_ alnum 70 70
  Sonar             sqp_ hex 40 40 · sqa_ hex 40 40 · squ_ hex 40 40
  JFrog             AKCp alnum 69 70 · cmVmd alnum 59 59
  Buildkite         bkua_ hex 40 40
  CircleCI          CCIPAT_ word 40 80 · CCIPRJ_ word 40 80
  Intra42           s-s4t2ud- hex 64 64 · s-s4t2af- hex 64 64
`

/** Columns of the table: whose they are, then the rest. */
const names = 18

export const vendors: readonly Vendor[] = rows
  .trim()
  .split('\n')
  .flatMap((row) => row.trim().slice(names).split(' · '))
  .map((entry) => {
    const [prefix, alphabet, least, most] = entry.split(' ') as [string, Alphabet, string, string]
    return { prefix, alphabet, least: Number(least), most: Number(most) }
  })

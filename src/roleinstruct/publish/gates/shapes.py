"""Keys and tokens that their issuers give a shape of its own."""

import re
from collections.abc import Iterator

from roleinstruct.cleaning.privacy.spans import Span

__all__ = ["find_shaped"]


def find_shaped(text: str) -> Iterator[Span]:
    """Find keys by their shape alone, whatever stands around them.

    Examples:
        >>> [span.kind for span in find_shaped("see AKIAQ3EGRZ7XH2LT5MCD")]
        ['aws-key']
    """
    if _START.search(text):
        for kind, shape in _SHAPES:
            for match in shape.finditer(text):
                yield Span(kind, *match.span())


_EDGE, _END = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_KEYS = (
    ("hugging-face-token", r"(?:hf_|api_org_)[A-Za-z0-9]{30,}"),
    (
        "openai-key",
        r"sk-(?:(?=(?:[A-Za-z_-]{0,60}\d){2})[A-Za-z0-9_-]{20,}|[a-z]{40,})",
    ),  # and of all that took over it
    ("aws-key", r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}" + _END),
    ("aws-bedrock-key", r"ABSK[A-Za-z0-9+/]{100,}"),
    ("azure-secret", r"[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}"),
    ("aliyun-key", r"(?:LTAI|STS\.N[TU])[0-9A-Za-z]{12,30}" + _END),
    ("tencent-key", r"AKID[0-9A-Za-z]{13,40}" + _END),
    ("volcengine-key", r"AKLT[0-9A-Za-z]{20,60}"),
    ("baidu-key", r"bce-v3/ALTAK-[0-9A-Za-z]{10,}/[0-9a-f]{20,}"),
    ("zhipu-key", r"[0-9a-f]{32}\.[A-Za-z0-9]{16}" + _END),
    ("google-key", r"AIza[0-9A-Za-z_-]{35}"),
    ("google-token", r"(?:ya29\.|GOCSPX-)[0-9A-Za-z_-]{20,}"),
    ("github-token", r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})"),
    ("gitlab-token", r"gl(?:pat|dt|ft|rt|ptt|cbt|soat|agent|oas)-[A-Za-z0-9_-]{20,}"),
    ("slack-token", r"(?:xox[abceoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{10,})"),
    ("stripe-key", r"(?:[rs]k_(?:live|test|prod)|whsec)_[A-Za-z0-9]{16,}"),
    ("sendgrid-key", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    ("brevo-key", r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    ("mailgun-key", r"key-[a-f0-9]{32}" + _END),
    ("twilio-key", r"SK[0-9a-f]{32}" + _END),
    ("npm-token", r"npm_[A-Za-z0-9]{36}"),
    ("pypi-token", r"pypi-[A-Za-z0-9_-]{40,}"),
    ("docker-token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
    ("cloudflare-token", r"cf(?:k|ut|at)_[A-Za-z0-9]{40,}"),
    ("digitalocean-token", r"do[opr]_v1_[a-f0-9]{64}"),
    ("databricks-token", r"dapi[a-f0-9]{32}"),
    ("modelscope-token", r"ms-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}" + _END),
    ("replicate-token", r"r8_[A-Za-z0-9]{30,}"),
    ("groq-key", r"gsk_[A-Za-z0-9]{40,}"),
    ("xai-key", r"xai-[A-Za-z0-9]{60,}"),
    ("perplexity-key", r"pplx-[A-Za-z0-9]{40,}"),
    ("nvidia-key", r"nvapi-[A-Za-z0-9_-]{50,}"),
    ("cerebras-key", r"csk-[a-z0-9]{40,}"),
    ("together-key", r"tgp_v1_[A-Za-z0-9_-]{40,}"),
    ("fireworks-key", r"fw_[A-Za-z0-9]{22,}"),
    ("elevenlabs-key", r"sk_[a-f0-9]{48}"),
    ("jina-key", r"jina_[A-Za-z0-9_-]{50,}"),
    ("tavily-key", r"tvly-(?:dev-|prod-)?[A-Za-z0-9_-]{28,}"),
    ("pinecone-key", r"pcsk_[A-Za-z0-9_]{40,}"),
    ("langsmith-key", r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}"),
    ("langfuse-key", r"sk-lf-[a-f0-9-]{36}"),
    ("wandb-key", r"wandb_v1_[A-Za-z0-9_]{60,}"),
    ("runpod-key", r"rpa_[A-Z0-9]{36,}"),
    ("kaggle-token", r"KGAT_[a-f0-9]{32}"),
    ("notion-token", r"(?:ntn_[0-9]{11}[A-Za-z0-9]{35}|secret_[A-Za-z0-9]{43})"),
    ("linear-key", r"lin_(?:api|oauth)_[A-Za-z0-9]{40,}"),
    ("supabase-key", r"sbp_[a-f0-9]{40}"),
    ("atlassian-token", r"ATATT3x[A-Za-z0-9_=-]{60,}"),
    ("postman-key", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    ("grafana-token", r"gl(?:sa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|c_[A-Za-z0-9+/]{32,})"),
    ("vault-token", r"hv[sbr]\.[A-Za-z0-9_-]{24,}"),
    ("shopify-token", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("age-key", r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
    ("telegram-token", r"\d{8,10}:A[A-Za-z0-9_-]{34}" + r"(?![A-Za-z0-9_-])"),
    ("discord-token", r"[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,}"),
    ("json-web-token", r"(?<![_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
)
"""What the issuers say of their keys, or where they say nothing, what the keys look like that they give out."""

_OTHERS = (
    ("private-key", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d"),
    ("slack-webhook", r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,}"),
    ("discord-webhook", r"discord(?:app)?\.com/api/webhooks/\d{10,}/[\w-]{30,}"),
    ("feishu-webhook", r"(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/[0-9a-f-]{36}"),
    ("wecom-webhook", r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=[0-9a-f-]{36}"),
    ("dingtalk-webhook", r"oapi\.dingtalk\.com/robot/send\?access_token=[0-9a-f]{40,}"),
    (
        "session-cookie",
        r"(?i:\b(?:j?session_?id|phpsessid|sessdata|bili_jct|connect\.sid)=)(?=[^\s;]{0,40}\d)[\w.%~+-]{20,}",
    ),
    ("signed-address", r"(?i:[?&](?:sig|signature|x-amz-signature|x-oss-signature)=[A-Za-z0-9%/+_-]{20,})"),
    ("password-in-address", r"(?<=://)[^\s/:@\"'<>]*:[^\s/@\"'<>{}$]{3,}(?=@[\w.\[-])"),
    ("bearer-token", r"(?i:\bbearer\s{1,9})(?=[._~+/A-Za-z-]{0,99}\d[._~+/\d-]{0,99}[A-Za-z])[A-Za-z0-9._~+/-]{24,}=*"),
    ("basic-login", r"(?i:\bauthorization\b\W{1,5}basic\s+)[A-Za-z0-9+/]{8,}=*"),
    ("login-of-a-command", r"(?:\bsshpass\s+-p\s*|\bmysql(?:dump)?\b.{0,60}?\s-p)['\"]?[^\s'\"$<{]{6,}"),
    ("login-of-curl", r"(?<=\s-u )['\"]?[^\s:'\"]{1,80}:[^\s'\"$<{]{4,80}(?=.{0,200}://)"),
)

_SHAPES = tuple((kind, re.compile(_EDGE + shape)) for kind, shape in _KEYS) + tuple(
    (kind, re.compile(shape)) for kind, shape in _OTHERS
)
_START = re.compile(
    r"hf_|api_org_|sk-|A(?:KI|SI|BI|CC)A|ABSK|\dQ~|LTAI|STS\.N|AKID|AKLT|bce-v3|[0-9a-f]{32}|AIza|ya29|GOCSPX|gh[pousr]_|"
    r"github_|gl[a-z]{2,5}[-_]|xox|xapp|[rs]k_|whsec|SG\.|xkeysib|npm_|pypi-|dckr_|cf[a-z]{1,2}_|do[opr]_v1|r8_|xai-|pplx|"
    r"nvapi|tgp_|fw_|jina_|tvly|pcsk|lsv2|wandb_v1|rpa_|KGAT_|ntn_|secret_|lin_|sbp_|ATATT|PMAK|hv[sbr]\.|shp|AGE-SECRET|"
    r"\d{8}:A|\.[\w-]{6}\.|eyJ|PRIVATE KEY|PuTTY|hooks\.|webhook|/hook/|robot/send|://|sshpass|mysql|"
    r"ms-[0-9a-f]{8}-|(?i:bearer|basic|sig|-u |sess|bili_jct|connect\.sid)"
)
"""Without any of these there is no shape: most texts need no further look."""

"""The kit for the old addresses of an office that moved: what stands in printed codes works for ever.

Rules: an address in a code and the address of the publication were fixed when the home was made. Where the servers are
elsewhere now, the old host goes on answering: it sends people's browsers on, with the fragment that holds the
credential, and hands on what programs ask, because a reader follows no redirect. What is handed on is signed, so the
old host is trusted with nothing. A host that only keeps files shows a page that goes on by itself, and a copy of the
publication.

    for path, data in kit(settings, "https://new.example").items(): ...
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from credential import qrtext
from credential.errors import CredentialError
from issuer.errors import InputError
from issuer.home.settings import HomeSettings

_SERVER: Final = """\
server {{
    listen 443 ssl;
    server_name {old};
    # ssl_certificate and ssl_certificate_key of {old} stand here.
    access_log off;
{locations}
    location / {{ return 404; }}
}}
"""
_PAGE: Final = """\
    location = / {{ return 308 {new}/v/; }}
    location = /v {{ return 308 {new}/v/; }}
    location /v/ {{ return 308 {new}$request_uri; }}
    location /v1/ {{
        proxy_pass {new};
        proxy_set_header Host {host};
        proxy_ssl_server_name on;
    }}"""
_PUBLICATION: Final = """\
    location {path} {{
        limit_except GET {{ deny all; }}
        proxy_pass {new};
        proxy_set_header Host {host};
        proxy_ssl_server_name on;
    }}"""
_HTML: Final = """\
<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>查验网页已迁移 · The check has moved</title>
<script defer src="/v/moved.js"></script>
</head>
<body>
<p>职称证书查验已迁到 <a id="zh" href="{new}/v/">{host}</a>，正在转过去。
没有自动转过去，请点这个网址，再扫一次二维码。</p>
<p lang="en">The check of title certificates has moved to <a id="en" href="{new}/v/">{host}</a>.
You are being taken there. If not, follow the link and scan the code again.</p>
</body>
</html>
"""
_SCRIPT: Final = """\
"use strict";
// The fragment holds the credential. It goes on in the browser and is sent to nobody.
var to = {target} + location.hash;
document.getElementById("zh").href = to;
document.getElementById("en").href = to;
location.replace(to);
"""
_README: Final = """\
旧网址 {old} 要一直能用，因为它印在证书的二维码里。
The old address {old} has to work for ever: it is printed in the codes of certificates.

1. nginx.conf：放到旧主机的 nginx 里，补上旧主机名的证书。
   nginx.conf goes into the nginx of the old host, with the certificate of the old name.
2. 只能放文件的主机：放上 www/ 里的文件，并把公布目录整个复制到 {publication}，
   每次公布以后再复制一次，snapshot.jwt 最后复制。
   A host that only keeps files: put up the files in www/, and copy the whole publication to {publication},
   again after each publication, snapshot.jwt last.
3. 旧主机名和它的 HTTPS 证书要一直续下去。
   Keep the old name and its HTTPS certificate for ever.
"""


def kit(settings: HomeSettings, to: str, publication: str = "") -> Mapping[str, bytes]:
    """Return the files of the kit, by path.

    Args:
        settings: of the home: the old addresses.
        to: ``https://HOST`` where the page and the API are now.
        publication: address of the publication now, ending in ``/``; empty: ``to`` with ``/p/``.

    Raises:
        InputError: ``moved_address``: it is no address, or the old one.
    """
    new = _checked(settings, to)
    old, target = urlsplit(settings.origin), urlsplit(publication or f"{new}/p/")
    if not target.path.endswith("/") or target.scheme not in {"http", "https"} or not target.hostname:
        message = f"{publication!r} is no address of a publication; it ends in /"
        raise InputError("moved_address", message, to=publication)
    published = urlsplit(settings.publication)
    page = _PAGE.format(new=new, host=urlsplit(new).netloc)
    handed = _PUBLICATION.format(path=published.path, new=target.geturl(), host=target.netloc)
    same = published.netloc == old.netloc
    servers = [_SERVER.format(old=old.hostname, locations=f"{page}\n{handed}" if same else page)]
    if not same:
        servers.append(_SERVER.format(old=published.hostname, locations=handed))
    html = _HTML.format(new=new, host=urlsplit(new).netloc)
    script = _SCRIPT.format(target=json.dumps(f"{new}/v/"))
    files = {
        "nginx.conf": "\n".join(servers),
        "www/index.html": html,
        "www/v/index.html": html,
        "www/v/moved.js": script,
        "README.txt": _README.format(old=settings.origin, publication=settings.publication),
    }
    return {path: text.encode() for path, text in files.items()}


def _checked(settings: HomeSettings, to: str) -> str:
    try:
        new = qrtext.check_origin(to.removesuffix("/"))
    except CredentialError as error:
        raise InputError("moved_address", f"{to!r} is no https://HOST", to=to) from error
    if new == settings.origin:
        raise InputError("moved_address", f"{to} is the old address", to=to)
    return new

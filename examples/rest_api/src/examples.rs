//! What the program prints when it has started.

use std::net::SocketAddr;

/// Where it listens, which database it uses, and requests to paste into a shell, in their order.
pub fn text(address: SocketAddr, database: &str, url: &str) -> String {
    let ann = format!("http://{address}/contacts/ann");
    format!(
        r#"Built for {database}, stored in {url}. Paste these lines one after the other into a shell:

# One contact. Keep its tag.
curl -i {ann}
etag=$(curl -sI {ann} | sed -n 's/^etag: //p' | tr -d '\r')

# 304: the client has it.
curl -i {ann} -H "If-None-Match: $etag"

# 428 without a tag; 200 with it; 412 with the same tag again, and the contact as it is now.
curl -i -X PATCH {ann} -H 'Content-Type: application/json' -d '{{"name": "Ann B."}}'
curl -i -X PATCH {ann} -H 'Content-Type: application/json' -H "If-Match: $etag" -d '{{"name": "Ann B."}}'
curl -i -X PATCH {ann} -H 'Content-Type: application/json' -H "If-Match: $etag" -d '{{"name": "Ann C."}}'

# 201, and 412 the second time: only where there is no such contact.
curl -i -X PUT http://{address}/contacts/bob -H 'Content-Type: application/json' -H 'If-None-Match: *' -d '{{"name": "Bob", "email": null, "calls": 0}}'

# All contacts, each with its tag; and what else there is.
curl -i http://{address}/contacts
curl -i http://{address}/openapi.json
"#
    )
}

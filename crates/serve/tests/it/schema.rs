//! The OpenAPI document against what the server answers: every JSON answer of every test here is held
//! against its schema, more strictly than JSON Schema does: an object has no keys that are not described.

use oddbench_serve::openapi;
use serde_json::Value;

use crate::http::Answer;
use crate::server::start;

/// Holds an answer against the document. Panics if it is not as described.
pub fn check(method: &str, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path) else { return };
    if answer.header("content-type") != Some("application/json") {
        return;
    }
    let response = resolved(&operation["responses"][answer.status.to_string()]);
    // What stands before the handlers refuses with statuses of its own, all in the form of errors.
    let error = &openapi()["components"]["schemas"]["ErrorBody"];
    let schema = match response.is_null() {
        true => error,
        false => &response["content"]["application/json"]["schema"],
    };
    fits(schema, &answer.json(), &format!("{method} {path}: {}", answer.status));
}

/// The operation whose path matches.
fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let wanted: Vec<&str> = path.split('?').next()?.split('/').collect();
    let matches = |template: &&String| {
        let template: Vec<&str> = template.split('/').collect();
        template.len() == wanted.len()
            && template.iter().zip(&wanted).all(|(t, w)| t == w || t.starts_with('{'))
    };
    let paths = openapi()["paths"].as_object()?;
    let template = paths.keys().find(matches)?;
    paths[template].get(method.to_lowercase())
}

fn resolved(node: &'static Value) -> &'static Value {
    let Some(target) = node["$ref"].as_str() else { return node };
    let target = openapi().pointer(target.trim_start_matches('#'));
    target.unwrap_or_else(|| panic!("{node} leads nowhere"))
}

/// Whether the value is of that type.
fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("type {other}"),
    }
}

fn fits(schema: &'static Value, value: &Value, at: &str) {
    if let Err(why) = mismatch(schema, value, at) {
        panic!("{why}\n{schema:#}");
    }
}

/// Why the value does not fit the schema. Panics at a keyword that it does not know.
fn mismatch(schema: &'static Value, value: &Value, at: &str) -> Result<(), String> {
    let schema = resolved(schema);
    let Some(keywords) = schema.as_object() else { return Ok(()) };
    let wrong = |what: &str| Err(format!("{at}: {what}: {value}"));
    for (keyword, of) in keywords {
        match keyword.as_str() {
            "type" => {
                let kinds = of.as_array().map_or(std::slice::from_ref(of), Vec::as_slice);
                if !kinds.iter().any(|kind| is(kind, value)) {
                    return wrong(&format!("not of type {of}"));
                }
            }
            "const" if of != value => return wrong(&format!("not {of}")),
            "enum" if !of.as_array().unwrap().contains(value) => return wrong("not in the list"),
            "anyOf" | "oneOf" => {
                let mut any = of.as_array().unwrap().iter();
                if !any.any(|one| mismatch(one, value, at).is_ok()) {
                    return wrong("fits none of its schemas");
                }
            }
            "items" => {
                for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                    mismatch(of, item, &format!("{at}[{n}]"))?;
                }
            }
            "properties" => object(schema, value, at)?,
            "const"
            | "enum"
            | "required"
            | "additionalProperties"
            | "minItems"
            | "maxItems"
            | "minimum"
            | "maximum"
            | "format"
            | "title"
            | "description"
            | "default" => {}
            other => panic!("{at}: the test does not know the keyword {other}"),
        }
    }
    Ok(())
}

/// Holds an object's keys: all that are required, and none that is not described.
fn object(schema: &'static Value, value: &Value, at: &str) -> Result<(), String> {
    let Some(object) = value.as_object() else { return Ok(()) };
    let properties = schema["properties"].as_object().unwrap();
    for key in schema["required"].as_array().into_iter().flatten() {
        if !object.contains_key(key.as_str().unwrap()) {
            return Err(format!("{at}: {key} is missing"));
        }
    }
    for (key, value) in object {
        let Some(property) = properties.get(key) else {
            return Err(format!("{at}: {key} is not described"));
        };
        mismatch(property, value, &format!("{at}.{key}"))?;
    }
    Ok(())
}

#[test]
fn every_route_of_the_document_is_served_and_described() {
    let server = start();
    let document = server.get("/api/openapi.json").ok();
    assert_eq!(&document, openapi());
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 25, "{}", paths.len());
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let at = format!("{method} {path}");
            assert!(operation["tags"][0].is_string() && operation["summary"].is_string(), "{at}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(parameter["description"].is_string(), "{at}: {parameter}");
                assert!(parameter["schema"].is_object(), "{at}: {parameter}");
            }
            let text = path.replace(['{', '}'], "");
            let answer = server.send(&method.to_uppercase(), &text, &[], b"");
            assert_ne!(answer.status, 405, "{at}");
            assert!(!answer.text().contains("nothing at this address"), "{at}");
        }
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn walk(node: &'static Value) {
        resolved(node);
        node.as_object().into_iter().flatten().for_each(|(_, inner)| walk(inner));
        node.as_array().into_iter().flatten().for_each(walk);
    }
    walk(openapi());
}

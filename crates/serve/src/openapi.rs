//! The routes and their description in one: what is added here is served and is in the OpenAPI document.
//! Its schemas are derived from the types that handlers read and write.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, post};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::error::ErrorBody;
use crate::state::App;

type Make = fn(&mut SchemaGenerator) -> Schema;

/// What is said of a route.
pub struct Operation {
    tag: &'static str,
    summary: &'static str,
    query: Option<Make>,
    bodies: Vec<(&'static str, Make)>,
    status: u16,
    answer: Option<(&'static str, Make)>,
    errors: &'static [u16],
}

/// An operation that answers 204.
pub fn op(tag: &'static str, summary: &'static str) -> Operation {
    Operation { tag, summary, query: None, bodies: vec![], status: 204, answer: None, errors: &[] }
}

impl Operation {
    /// Its query is read into that type.
    pub fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(T::json_schema);
        self
    }

    /// It takes a body of that media type.
    pub fn body<T: JsonSchema>(mut self, media: &'static str) -> Self {
        self.bodies.push((media, SchemaGenerator::subschema_for::<T>));
        self
    }

    /// It answers 200 with that type as JSON.
    pub fn json<T: JsonSchema>(self) -> Self {
        self.answers::<T>(200, "application/json")
    }

    /// It answers 200 with text of that media type.
    pub fn text(self, media: &'static str) -> Self {
        self.answers::<String>(200, media)
    }

    /// It answers that status with that type.
    pub fn answers<T: JsonSchema>(mut self, status: u16, media: &'static str) -> Self {
        self.status = status;
        self.answer = Some((media, SchemaGenerator::subschema_for::<T>));
        self
    }

    /// It may refuse with those statuses.
    pub fn errors(mut self, statuses: &'static [u16]) -> Self {
        self.errors = statuses;
        self
    }
}

/// Routes, and the document that describes them.
pub struct Api {
    router: Router<App>,
    paths: Map<String, Value>,
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Api {
    /// No routes.
    pub fn new() -> Self {
        let settings = SchemaSettings::draft2020_12()
            .with(|settings| settings.definitions_path = "/components/schemas".into());
        Self {
            router: Router::new(),
            paths: Map::new(),
            read: settings.clone().for_deserialize().into_generator(),
            written: settings.for_serialize().into_generator(),
        }
    }

    /// Adds a route for GET.
    pub fn get<T: 'static>(self, path: &str, with: impl Handler<T, App>, of: Operation) -> Self {
        self.add("get", path, get(with), of)
    }

    /// Adds a route for POST.
    pub fn post<T: 'static>(self, path: &str, with: impl Handler<T, App>, of: Operation) -> Self {
        self.add("post", path, post(with), of)
    }

    /// Adds a route for DELETE.
    pub fn delete<T: 'static>(self, path: &str, with: impl Handler<T, App>, of: Operation) -> Self {
        self.add("delete", path, delete(with), of)
    }

    fn add(mut self, method: &str, path: &str, route: MethodRouter<App>, of: Operation) -> Self {
        let mut parameters = path_parameters(path);
        if let Some(query) = of.query {
            parameters.extend(query_parameters(&query(&mut self.read)));
        }
        let mut content = Map::new();
        for (media, body) in &of.bodies {
            content.insert((*media).to_owned(), json!({ "schema": body(&mut self.read) }));
        }
        let mut responses = Map::new();
        let mut answer = json!({ "description": "success" });
        if let Some((media, body)) = of.answer {
            answer["content"] = json!({ media: { "schema": body(&mut self.written) } });
        }
        responses.insert(of.status.to_string(), answer);
        for status in of.errors {
            responses.insert(status.to_string(), json!({ "$ref": "#/components/responses/Error" }));
        }
        let mut described =
            json!({ "tags": [of.tag], "summary": of.summary, "responses": responses });
        if !parameters.is_empty() {
            described["parameters"] = json!(parameters);
        }
        if !content.is_empty() {
            described["requestBody"] = json!({ "content": content });
        }
        let operations = self.paths.entry(path).or_insert_with(|| json!({}));
        operations[method] = described;
        self.router = self.router.route(path, route);
        self
    }

    /// The routes.
    pub fn router(self) -> Router<App> {
        self.router
    }

    /// The document.
    pub fn document(mut self) -> Value {
        let error = self.written.subschema_for::<ErrorBody>();
        let mut schemas = self.read.take_definitions(true);
        schemas.extend(self.written.take_definitions(true));
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "oddbench", "version": oddbench_engine::VERSION,
                "description": "The API of `oddbench serve`. A row is an anomaly if its score is greater than the \
                    threshold. Unknown is null, never 0. Every error is {\"error\", \"remedy\"}. A server that others \
                    can reach wants Authorization: Bearer TOKEN.",
                "license": { "name": "MIT OR Apache-2.0" },
            },
            "security": [{}, { "token": [] }, { "session": [] }],
            "paths": self.paths,
            "components": {
                "securitySchemes": {
                    "token": { "type": "http", "scheme": "bearer" },
                    "session": { "type": "apiKey", "in": "cookie", "name": crate::guard::token::COOKIE },
                },
                "responses": { "Error": {
                    "description": "What is wrong and what to do",
                    "content": { "application/json": { "schema": error } },
                } },
                "schemas": schemas,
            },
        })
    }
}

/// The parameters in a path: names in braces, each described by the segment before it.
fn path_parameters(path: &str) -> Vec<Value> {
    let segments: Vec<&str> = path.split('/').collect();
    let named = segments.windows(2).filter_map(|pair| {
        let name = pair[1].strip_prefix('{')?.strip_suffix('}')?;
        let kind = if name == "position" { "integer" } else { "string" };
        let of = pair[0].trim_end_matches('s');
        Some(json!({
            "name": name, "in": "path", "required": true, "schema": { "type": kind },
            "description": format!("the {name} of the {of}"),
        }))
    });
    named.collect()
}

/// A parameter for each field of the type that a query is read into.
fn query_parameters(schema: &Schema) -> Vec<Value> {
    let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let required = |name: &String| {
        schema
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|all| all.contains(&json!(name)))
    };
    let parameter = |(name, field): (&String, &Value)| {
        let mut field = without_null(field);
        let description = field.as_object_mut().and_then(|field| field.remove("description"));
        json!({
            "name": name, "in": "query", "required": required(name), "schema": field,
            "description": description,
        })
    };
    fields.map(parameter).collect()
}

/// The schema of an optional field: in a query it is left out, never null.
fn without_null(field: &Value) -> Value {
    let mut field = field.clone();
    if let Some(kinds) = field.get("type").and_then(Value::as_array) {
        let kind = kinds.iter().find(|kind| *kind != "null");
        field["type"] = json!(kind);
    } else if let Some([of, _]) = field["anyOf"].as_array().map(Vec::as_slice) {
        let mut of = of.clone();
        of["description"] = field["description"].clone();
        field = of;
    }
    field
}

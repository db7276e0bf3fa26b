//! `docs/rules.schema.json`, with which editors complete and check a file of rules: made from the types here, which are the
//! file's shape, and held against what the reader takes. `UPDATE_GOLDEN=1` writes it anew.

use std::collections::BTreeSet;
use std::path::Path;

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use serde_json::Value;
use tap_core::policy::rules::{Section, TAG_KEYS};

use super::support::{read, remarks};

/// Which network interfaces of one region are mirrored, and to what.
///
/// Rules in tags are asked before those in subnets, and these before those in vpcs; in a list, the first rule that is about an
/// interface decides. At least one of the lists has to be there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Session Mirror rules", extend("minProperties" = 1))]
#[expect(dead_code, reason = "the shape is all that counts")]
pub struct RulesFile {
    /// Rules by tags of the instance.
    #[serde(default)]
    #[schemars(length(min = 1), extend("type" = "array"))]
    tags: Vec<TagRule>,
    /// Rules by the subnet of the interface.
    #[serde(default)]
    #[schemars(length(min = 1), extend("type" = "array"))]
    subnets: Vec<SubnetRule>,
    /// Rules by the VPC of the interface.
    #[serde(default)]
    #[schemars(length(min = 1), extend("type" = "array"))]
    vpcs: Vec<VpcRule>,
}

/// A tag of an instance. Key and value count exactly.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
#[expect(dead_code, reason = "the shape is all that counts")]
struct Tag {
    /// The tag's key.
    #[schemars(length(min = 1, max = 128))]
    key: String,
    /// The tag's value. Numbers, true and false stand in quotes.
    #[schemars(length(max = 256))]
    value: String,
}

/// Whether all listed tags are asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum TagMatch {
    /// One of the tags is enough.
    Any,
    /// All of them are asked for.
    All,
}

/// Which of several targets a source gets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    /// The one with the fewest sources; who has one of them stays there.
    Balanced,
    /// One in the availability zone of the source; another, with a warning, where there is none with room.
    SameZone,
}

/// Which interfaces of an instance.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Which {
    /// All of them.
    All,
    /// The first one.
    Primary,
}

/// The keys of every rule are written once, and stand in three types.
macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident { $($(#[$own:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "camelCase")]
        #[expect(dead_code, reason = "the shape is all that counts")]
        struct $name {
            $($(#[$own])* $field: $type,)*
            /// The traffic mirror filter. Without one, Session Mirror's own, which takes everything.
            #[serde(default)]
            #[schemars(with = "String", regex(pattern = r"^[A-Za-z0-9-]+$"))]
            filter_id: Option<String>,
            /// The traffic mirror target. Needs no other key of the destination.
            #[serde(default)]
            #[schemars(with = "String", regex(pattern = r"^[A-Za-z0-9-]+$"))]
            target_id: Option<String>,
            /// Several traffic mirror targets, from which targetChoice chooses.
            #[serde(default)]
            #[schemars(with = "Vec<String>", length(min = 1), extend("uniqueItems" = true))]
            target_ids: Option<Vec<String>>,
            /// Which of targetIds a source gets.
            #[serde(default)]
            #[schemars(with = "Choice", extend("default" = "balanced"))]
            target_choice: Option<Choice>,
            /// The instance type of appliances, which are launched as they are needed. Goes with targetInstanceAmi and
            /// targetSecurityGroupIds.
            #[serde(default)]
            #[schemars(with = "String", regex(pattern = r"^[a-z0-9-]+\.[a-z0-9-]+$"))]
            target_instance_type: Option<String>,
            /// The image of appliances.
            #[serde(default)]
            #[schemars(with = "String", regex(pattern = r"^ami-[A-Za-z0-9-]+$"))]
            target_instance_ami: Option<String>,
            /// The security groups of appliances.
            #[serde(default)]
            #[schemars(with = "Vec<String>", length(min = 1), extend("uniqueItems" = true))]
            target_security_group_ids: Option<Vec<String>>,
            /// The subnet of appliances. Without one, that of the source.
            #[serde(default)]
            #[schemars(with = "String", regex(pattern = r"^subnet-[A-Za-z0-9-]+$"))]
            target_subnet_id: Option<String>,
            /// Bytes to mirror of each packet. Without it, whole packets.
            #[serde(default)]
            #[schemars(with = "i32", range(min = 1, max = 8500))]
            packet_length: Option<i32>,
            /// The VXLAN network identifier. Without it, AWS picks one per session.
            #[serde(default)]
            #[schemars(with = "i32", range(min = 1, max = 16_777_215))]
            virtual_network_id: Option<i32>,
            /// The session number that every session must have. Without it, the lowest free one.
            #[serde(default)]
            #[schemars(with = "i32", range(min = 1, max = 32766))]
            session_number: Option<i32>,
            /// Which interfaces of an instance are mirrored.
            #[serde(default)]
            #[schemars(with = "Which", extend("default" = "all"))]
            interfaces: Option<Which>,
            /// Whether the tags Mirror-Target and Mirror-Filter of an instance come before target and filter of the rule.
            #[serde(default)]
            #[schemars(with = "bool", extend("default" = false))]
            allow_instance_tags: Option<bool>,
            /// That nothing is mirrored. Needs no other key but what the rule is about.
            #[serde(default)]
            #[schemars(with = "bool", extend("const" = true))]
            ignore: Option<bool>,
        }
    )*};
}

rules! {
    /// A rule about instances with certain tags.
    TagRule {
        /// The tags. An instance that has one of them is meant, or with tagMatch: all one that has all.
        #[schemars(length(min = 1))]
        tag_list: Vec<Tag>,
        /// Whether one of the tags is enough, or all are asked for.
        #[serde(default)]
        #[schemars(with = "TagMatch", extend("default" = "any"))]
        tag_match: Option<TagMatch>,
    }
    /// A rule about the interfaces in a subnet.
    SubnetRule {
        /// The subnet.
        #[schemars(regex(pattern = r"^subnet-[A-Za-z0-9-]+$"))]
        subnet_id: String,
    }
    /// A rule about the interfaces in a VPC.
    VpcRule {
        /// The VPC.
        #[schemars(regex(pattern = r"^vpc-[A-Za-z0-9-]+$"))]
        vpc_id: String,
    }
}

/// The schema of the types.
fn schema() -> Value {
    let mut schema = serde_json::to_value(schema_for!(RulesFile)).unwrap();
    // What need not be there has no value of its own either.
    if let Some(lists) = schema["properties"].as_object_mut() {
        for list in lists.values_mut() {
            list.as_object_mut().unwrap().remove("default");
        }
    }
    for definition in schema["$defs"].as_object_mut().unwrap().values_mut() {
        let Some(properties) = definition.get_mut("properties") else { continue };
        for property in properties.as_object_mut().unwrap().values_mut() {
            let property = property.as_object_mut().unwrap();
            if property.get("default") == Some(&Value::Null) {
                property.remove("default");
            }
        }
    }
    schema
}

#[test]
fn the_schema_in_the_documents_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules.schema.json");
    let expected = format!("{:#}\n", schema());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "UPDATE_GOLDEN=1 cargo test -p tap-core --test rules");
}

/// The properties of a type.
fn properties<'s>(schema: &'s Value, name: &str) -> &'s serde_json::Map<String, Value> {
    schema["$defs"][name]["properties"].as_object().unwrap()
}

fn type_of(section: Section) -> &'static str {
    match section {
        Section::Tags => "TagRule",
        Section::Subnets => "SubnetRule",
        Section::Vpcs => "VpcRule",
    }
}

#[test]
fn schema_and_reader_have_the_same_keys_and_each_is_described() {
    let schema = schema();
    let sections: BTreeSet<&str> = Section::ALL.map(Section::as_str).into();
    let lists = schema["properties"].as_object().unwrap();
    assert_eq!(lists.keys().map(String::as_str).collect::<BTreeSet<&str>>(), sections);
    let keys = |name| properties(&schema, name).keys().map(String::as_str).collect::<BTreeSet<_>>();
    for section in Section::ALL {
        assert_eq!(keys(type_of(section)), section.keys().collect(), "{section:?}");
        assert_eq!(schema["$defs"][type_of(section)]["additionalProperties"], false);
    }
    assert_eq!(keys("Tag"), TAG_KEYS.into());
    let described = |property: &Value| property["description"].is_string();
    for name in ["TagRule", "SubnetRule", "VpcRule", "Tag"] {
        for (key, property) in properties(&schema, name) {
            assert!(described(property), "{name}.{key}");
        }
    }
    assert!(lists.values().all(described));
}

/// A file with one rule about a VPC that has this value.
fn with(key: &str, value: &str) -> String {
    let to = if key == "targetChoice" { "targetIds: [tmt-1, tmt-2]" } else { "targetId: tmt-1" };
    format!("vpcs:\n- vpcId: vpc-1\n  {to}\n  {key}: {value}\n")
}

#[test]
fn the_reader_takes_the_numbers_of_the_schema_and_no_others() {
    let schema = schema();
    let mut numbers = 0;
    for (key, property) in properties(&schema, "VpcRule") {
        let (Some(least), Some(most)) =
            (property["minimum"].as_i64(), property["maximum"].as_i64())
        else {
            continue;
        };
        numbers += 1;
        for number in [least, most] {
            assert_eq!(remarks(with(key, &number.to_string())), [""; 0]);
        }
        for number in [least - 1, most + 1] {
            assert_eq!(remarks(with(key, &number.to_string())).len(), 1, "{key}: {number}");
        }
    }
    assert_eq!(numbers, 3);
}

#[test]
fn the_reader_takes_the_words_of_the_schema() {
    let schema = schema();
    let words = |name: &str| -> Vec<String> {
        let words = schema["$defs"][name]["oneOf"].as_array().unwrap();
        words.iter().map(|word| word["const"].as_str().unwrap().to_owned()).collect()
    };
    for (key, name) in [("targetChoice", "Choice"), ("interfaces", "Which")] {
        assert_eq!(words(name).len(), 2);
        for word in words(name) {
            assert_eq!(remarks(with(key, &word)), [""; 0], "{key}: {word}");
        }
    }
    for word in words("TagMatch") {
        let file = format!(
            "tags:\n- tagList: [{{Key: a, Value: b}}]\n  tagMatch: {word}\n  ignore: true\n"
        );
        assert_eq!(remarks(file), [""; 0], "{word}");
    }
}

/// The examples of the page for users are fine for the reader and for the types of the schema.
#[test]
fn the_examples_of_the_documents_are_fine() {
    let page = include_str!("../../../../docs/rules.md");
    let mut examples = 0;
    for part in page.split("```yaml\n").skip(1) {
        let (example, _) = part.split_once("```").unwrap();
        let reading = read(example).unwrap_or_else(|mistakes| panic!("{mistakes}\n{example}"));
        assert_eq!(reading.warnings, [], "{example}");
        let typed: Result<RulesFile, _> = serde_saphyr::from_str(example);
        assert!(typed.is_ok(), "{}\n{example}", typed.unwrap_err());
        examples += 1;
    }
    assert!(examples >= 5, "{examples}");
    for key in Section::ALL.into_iter().flat_map(Section::keys) {
        assert!(page.contains(&format!("`{key}`")), "{key} is not explained");
    }
}

/// What the schema requires, the reader requires.
#[test]
fn what_is_required_is_the_same() {
    let schema = schema();
    for (section, required) in
        [(Section::Tags, "tagList"), (Section::Subnets, "subnetId"), (Section::Vpcs, "vpcId")]
    {
        assert_eq!(schema["$defs"][type_of(section)]["required"], serde_json::json!([required]));
        let said = remarks(format!("{}:\n- ignore: true\n", section.as_str()));
        assert_eq!(said.len(), 1);
        assert!(said[0].contains(&format!("{required}: is missing")), "{said:?}");
    }
}

//! `diff`: exit codes, visitors of a file, the page.

use std::fs;

use super::run::{SHOP, file, folder, run, run_with, shop};

fn wider() -> String {
    shop(|file| file["featureFlags"][8]["rules"][0]["exposition"] = 0.5.into())
}

#[test]
fn a_bound_decides_the_exit_code() {
    let new = file(&folder("diff"), "new.json", &wider());
    let ran = run(&["diff", SHOP, &new, "--sample", "2000", "--json"]);
    assert_eq!(ran.code, 0, "without a bound nothing is too much");
    let moved = ran.json()["moved"].as_u64().unwrap();
    assert!((700..1000).contains(&moved), "{moved}");
    let with = |most: &str| run(&["diff", SHOP, &new, "--sample", "2000", "--max-moved", most]);
    assert_eq!(with(&moved.to_string()).code, 0);
    assert_eq!(with("60%").code, 0);
    let past = with(&(moved - 1).to_string());
    assert_eq!(past.code, 1);
    assert!(past.err.contains(&format!("{moved} visitors move; at most")), "{}", past.err);
    assert_eq!(with("1%").code, 1);
    assert_eq!(run(&["diff", SHOP, SHOP, "--max-moved", "0"]).code, 0);
    let text = with("60%").out;
    for part in ["welcome_banner", "rule 1091, exposition: 100 % -> 50 %", "12 flags stay as they are"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn visitors_of_a_file_bring_what_is_known_of_them() {
    let folder = folder("diff-visitors");
    let new = file(
        &folder,
        "new.json",
        &shop(|file| {
            file["featureFlags"][4]["rules"][0]["variationByExposition"][0]["variationKey"] = "points".into();
        }),
    );
    let movers = folder.join("movers.csv");
    // As spreadsheets write it, with a byte order mark.
    let lines = "\u{feff}{\"visitor\": \"ben, the \\\"first\\\"\", \"data\": {\"plan\": [\"gold\"]}}\nanna\n\n\
                 {\"visitor\": \"eve\", \"data\": {\"plan\": \"iron\"}, \"device\": \"PHONE\", \"goal\": [1]}\n";
    let arguments = ["diff", SHOP, &new, "--visitors", "-", "--movers", movers.to_str().unwrap(), "--json"];
    let ran = run_with(&arguments, lines);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!((ran.json()["visitors"].as_u64(), ran.json()["moved"].as_u64()), (Some(3), Some(1)));
    assert_eq!(
        fs::read_to_string(&movers).unwrap(),
        "visitor,flag,from,to,cause\n\"ben, the \"\"first\"\"\",loyalty_program,double_points,points,the shares changed\n"
    );
    let told = run_with(&arguments, "anna\n{\"visitor\": \"ben\", \"colour\": \"red\"}");
    assert_eq!(told.code, 2);
    assert!(told.err.contains("-, line 2: `colour` is not known"), "{}", told.err);
}

#[test]
fn the_page_stands_alone_and_shows_no_text_as_markup() {
    let folder = folder("diff-page");
    let new = file(
        &folder,
        "<new> & \"other\".json",
        &shop(|file| {
            let flag = &mut file["featureFlags"][1];
            flag["variations"][1]["key"] = "<script>alert(1)</script>".into();
            flag["rules"][0]["variationByExposition"][1]["variationKey"] = "<script>alert(1)</script>".into();
        }),
    );
    let page = folder.join("page.html");
    let ran = run(&["diff", SHOP, &new, "--html", page.to_str().unwrap(), "--sample", "1000"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("<svg") && page.contains("class=\"moves\""), "flows are drawn");
    for outside in ["<script", "http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

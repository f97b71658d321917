//! `%set`: changes a setting of this session.

use super::{Call, Magic, misused};
use crate::display::MimeBundle;
use crate::service::Desk;
use crate::settings::Setting;
use headwater_exec::{Error, ErrorKind};
use headwater_look::{Outcome, one};

/// The magic.
pub struct Set;

impl Magic for Set {
    fn name(&self) -> &'static str {
        "set"
    }

    fn usage(&self) -> &'static str {
        "NAME VALUE"
    }

    fn about(&self) -> &'static str {
        "Changes a setting for the rest of the session; `default` undoes that. `%config` lists the settings."
    }

    fn example(&self) -> &'static str {
        "%set sample.rows 50000"
    }

    fn run(&self, call: &Call<'_>, desk: &Desk<'_>) -> Outcome<Option<MimeBundle>> {
        let [name, value] = call.words()[..] else {
            return Err(misused(self, "`%set` takes the name of a setting and its value"));
        };
        let wrong = |what: String, hint: &str| one(Error::new(ErrorKind::Config, what).hint(hint));
        let setting = Setting::named(name).map_err(|what| wrong(what, "`%config` lists them"))?;
        desk.settings.set(setting, value).map_err(|what| wrong(what, setting.about))?;
        Ok(Some(crate::display::config::one(setting, desk.settings)))
    }
}

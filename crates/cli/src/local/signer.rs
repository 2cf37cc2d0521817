//! Signs requests with the AWS credentials of the current user, or with keys of a check. The credentials
//! of the user are looked up on first use, because most configs need nothing of AWS.

use allclear_aws::cloud::Cloud;
use allclear_aws::signing::{Signer, sign_with_keys};
use allclear_core::Timestamp;
use allclear_core::ports::{SignRequest, Signing, SigningIdentity, Unsigned};
use tokio::sync::OnceCell;

/// Signs with the credentials of the environment or the profile.
#[derive(Debug, Default)]
pub(super) struct PersonalSigner {
    signer: OnceCell<Signer>,
}

impl SignRequest for PersonalSigner {
    fn sign<'a>(
        &'a self,
        request: Unsigned<'a>,
        identity: SigningIdentity<'a>,
        now: Timestamp,
    ) -> Signing<'a> {
        Box::pin(async move {
            if let SigningIdentity::Keys(keys) = identity {
                return sign_with_keys(request, keys, now);
            }
            let connect = async || {
                // A signature is valid for the region of its request, whatever region this machine is set to.
                let cloud = Cloud::from_environment_or_profile_else_in(request.region).await;
                cloud.map(|cloud| Signer::new(&cloud)).map_err(|error| error.to_string())
            };
            self.signer.get_or_try_init(connect).await?.sign(request, identity, now).await
        })
    }
}

Chain = Site = None
